"""The codes of what can be found, and what each means. The table in the documentation is made of them."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.model.state_finding import Level

if TYPE_CHECKING:
    from collections.abc import Mapping


class Code(StrEnum):
    """What can be found; the words are stable."""

    # The state as a whole, and its records
    NEWER_FORMAT = "newer-format"
    NO_META = "no-meta"
    UNREADABLE_RECORD = "unreadable-record"
    IN_THE_FUTURE = "in-the-future"
    # Files
    LINK = "link"
    STRAY_FILE = "stray-file"
    TEMPORARY_FILE = "temporary-file"
    READABLE_BY_OTHERS = "readable-by-others"
    OTHER_OWNER = "other-owner"
    HARD_LINK = "hard-link"
    # Keys
    UNREADABLE_KEY = "unreadable-key"
    KEYS_NOT_LOOKED_AT = "keys-not-looked-at"
    KEY_IN_TWO_FORMS = "key-in-two-forms"
    KEY_IN_CLEAR = "key-in-clear"
    ENCRYPTION_UNFINISHED = "encryption-unfinished"
    # Accounts
    ACCOUNT_WITHOUT_KEY = "account-without-key"
    ACCOUNT_WITHOUT_URL = "account-without-url"
    KEY_WITHOUT_RECORD = "key-without-record"
    KEY_NOT_THE_ACCOUNTS = "key-not-the-accounts"
    KEY_OF_TWO_ACCOUNTS = "key-of-two-accounts"
    ACCOUNT_KEY_IN_CERTIFICATE = "account-key-in-certificate"
    # Orders
    ORDER_WITHOUT_RECORD = "order-without-record"
    ORDER_WITHOUT_KEY = "order-without-key"
    ORDER_WITHOUT_CSR = "order-without-csr"
    ORDER_WITHOUT_CHAIN = "order-without-chain"
    ORDER_WITHOUT_ACCOUNT = "order-without-account"
    CSR_DOES_NOT_FIT = "csr-does-not-fit"
    CHAIN_DOES_NOT_FIT = "chain-does-not-fit"
    TWO_OPEN_ORDERS = "two-open-orders"
    FOREIGN_URL = "foreign-url"
    LOST_PREVIOUS_ORDER = "lost-previous-order"
    HALF_ARCHIVED = "half-archived"
    # Certificates
    CERTIFICATE_WITHOUT_ORDER = "certificate-without-order"
    CERTIFICATE_OF_OTHER_ORDER = "certificate-of-other-order"
    CERTIFICATE_DIFFERS = "certificate-differs"
    DIGEST_DIFFERS = "digest-differs"
    # What was delivered
    NOT_AS_DELIVERED = "not-as-delivered"
    DELIVERED_KEY_EXPOSED = "delivered-key-exposed"
    DELIVERED_DO_NOT_FIT = "delivered-do-not-fit"
    UNKNOWN_DELIVERY = "unknown-delivery"
    # What goes with orders, and the log
    UNNEEDED_INSTRUCTIONS = "unneeded-instructions"
    CLEAN_UP_OF_NO_ORDER = "clean-up-of-no-order"
    CLAIM_EXPIRED = "claim-expired"
    LOG_ALTERED = "log-altered"
    LOG_TORN = "log-torn"


_E, _W, _N = Level.ERROR, Level.WARNING, Level.NOTE

MEANINGS: Mapping[Code, tuple[tuple[Level, ...], str]] = MappingProxyType(
    {
        Code.NEWER_FORMAT: (
            (_E,),
            "a newer version of the program has written the state: nothing else is looked at",
        ),
        Code.NO_META: ((_E,), "`meta.yaml` is missing, or has no lineage, in a state that has records"),
        Code.UNREADABLE_RECORD: (
            (_E,),
            "a record cannot be read, or is that of another name than its file's",
        ),
        Code.IN_THE_FUTURE: ((_W,), "a record says that something was done at a time that is yet to come"),
        Code.LINK: ((_E,), "there is a symbolic link; a state has none"),
        Code.STRAY_FILE: ((_W,), "a file has no place in a state"),
        Code.TEMPORARY_FILE: (
            (_N,),
            "a run that was killed has left a file that it had not written to its end",
        ),
        Code.READABLE_BY_OTHERS: ((_E,), "others can read a private key in clear, or look into its folder"),
        Code.OTHER_OWNER: ((_W,), "a private key, or its folder, belongs to another user than the state"),
        Code.HARD_LINK: ((_W,), "a private key has another name somewhere else"),
        Code.UNREADABLE_KEY: ((_E,), "a private key, a request or a chain cannot be read, or is damaged"),
        Code.KEYS_NOT_LOOKED_AT: (
            (_N,),
            "keys are encrypted, and there is no identity: they were not looked into",
        ),
        Code.KEY_IN_TWO_FORMS: (
            (_E, _W, _N),
            "a key is there in clear and encrypted. Error: these are two different keys",
        ),
        Code.KEY_IN_CLEAR: ((_W, _N), "a key is in clear in a state whose keys are encrypted"),
        Code.ENCRYPTION_UNFINISHED: ((_N,), "keys are being encrypted anew, and a run came to no end"),
        Code.ACCOUNT_WITHOUT_KEY: ((_E, _N), "a key that the record of an account names is missing"),
        Code.ACCOUNT_WITHOUT_URL: ((_N,), "an account is not registered yet"),
        Code.KEY_WITHOUT_RECORD: ((_N,), "there is a key of an account that no record names"),
        Code.KEY_NOT_THE_ACCOUNTS: ((_E,), "the key of an account is another than its record says"),
        Code.KEY_OF_TWO_ACCOUNTS: ((_E,), "two accounts have the same key"),
        Code.ACCOUNT_KEY_IN_CERTIFICATE: (
            (_E,),
            "the key of an account is the key of a certificate too (RFC 8555 section 11.1)",
        ),
        Code.ORDER_WITHOUT_RECORD: ((_W,), "there are files of an order that has no record"),
        Code.ORDER_WITHOUT_KEY: ((_E, _N), "the private key of an order is missing"),
        Code.ORDER_WITHOUT_CSR: ((_E, _W, _N), "the certificate signing request of an order is missing"),
        Code.ORDER_WITHOUT_CHAIN: ((_E,), "the certificate of a completed order is missing"),
        Code.ORDER_WITHOUT_ACCOUNT: ((_E,), "the account of an order under way has no record"),
        Code.CSR_DOES_NOT_FIT: ((_E,), "a request is for another key, other names, or not the requester's"),
        Code.CHAIN_DOES_NOT_FIT: (
            (_E, _N),
            "a certificate is for another key or other names, or has another serial number, than its order",
        ),
        Code.TWO_OPEN_ORDERS: ((_W, _N), "two orders of one certificate are under way"),
        Code.FOREIGN_URL: ((_W,), "a URL of an order is not at its account's CA"),
        Code.LOST_PREVIOUS_ORDER: ((_W,), "the order whose place an order under way takes is nowhere"),
        Code.HALF_ARCHIVED: ((_E, _N), "an order lies in the archive and beside it"),
        Code.CERTIFICATE_WITHOUT_ORDER: ((_E,), "the order that a certificate came from is missing"),
        Code.CERTIFICATE_OF_OTHER_ORDER: ((_E,), "the order of a certificate is that of another certificate"),
        Code.CERTIFICATE_DIFFERS: (
            (_E,),
            "the record of a certificate says something else than the certificate",
        ),
        Code.DIGEST_DIFFERS: (
            (_E,),
            "the digest of a file in the record is not that of what is to be delivered",
        ),
        Code.NOT_AS_DELIVERED: ((_N,), "a delivered file is missing, or is not what was delivered"),
        Code.DELIVERED_KEY_EXPOSED: ((_W,), "a delivered file has other rights than it was given"),
        Code.DELIVERED_DO_NOT_FIT: ((_N,), "the delivered key does not fit the delivered certificate"),
        Code.UNKNOWN_DELIVERY: ((_N,), "there is a folder of a certificate that the state does not know"),
        Code.UNNEEDED_INSTRUCTIONS: (
            (_W, _N),
            "there are instructions of an order that does not wait for people",
        ),
        Code.CLEAN_UP_OF_NO_ORDER: ((_W,), "something is to be taken away for an order that is nowhere"),
        Code.CLAIM_EXPIRED: ((_N,), "a claim is past its end, and counts no more"),
        Code.LOG_ALTERED: ((_E,), "the log of what was done is not as it was written"),
        Code.LOG_TORN: ((_N,), "the last entry of the log is not written to its end"),
    }
)
"""The levels that each can have, and what it means."""
