"""Accounts, and their keys."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from reconciler import pki
from reconciler.checkup.codes import Code
from reconciler.model.problem import OWN_ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.checkup.order_files import Kept
    from reconciler.checkup.seen import Seen
    from reconciler.model.account import Account
    from reconciler.model.state_finding import StateFinding

_DEACTIVATED = f"{OWN_ERROR}deactivated"
_KEY = re.compile(r"accounts/(?P<name>.+)/key-(?P<version>[0-9]+)\.pem(?:\.age)?")


def check_accounts(seen: Seen) -> Iterator[StateFinding]:
    """Yield what is wrong with accounts and the files of their keys."""
    for account in seen.accounts.values():
        yield from _keys(seen, account)
        if account.account_url is None:
            message = "this account has no URL: it is not registered, or the answer was lost"
            does = "registers it, with the same key, if it is still wanted"
            yield seen.by_apply(Code.ACCOUNT_WITHOUT_URL, _path(account), message, does)
    yield from _unnamed(seen)
    yield from _shared(seen)


def _path(account: Account) -> str:
    return f"accounts/{account.name}.yaml"


def _keys(seen: Seen, account: Account) -> Iterator[StateFinding]:
    needed = (account.active_key_version, account.pending_key_version)
    for key in account.account_keys:
        path = f"accounts/{account.name}/key-{key.key_version}.pem"
        if not seen.has_key(path):
            if key.key_version in needed:
                yield _missing(seen, account, key.key_version)
            continue
        public = seen.public_key(path)
        if public is not None and pki.thumbprint_of(public) != key.thumbprint:
            form = seen.form_of(path)
            message = (
                f"this is another key than the record of the account says (`thumbprint` {key.thumbprint})"
            )
            advice = "put the right one back from a backup: the CA knows the account by it"
            yield seen.found(Code.KEY_NOT_THE_ACCOUNTS, form, message, advice)


def _missing(seen: Seen, account: Account, version: int) -> StateFinding:
    message = f"key-{version}.pem of this account is missing"
    if account.last_error is not None and account.last_error.type == _DEACTIVATED:
        does = "ends what was begun: the account was deactivated, and is archived"
        return seen.by_apply(Code.ACCOUNT_WITHOUT_KEY, _path(account), message, does)
    advice = (
        "put it back from a backup, or from where apply ran before; where it is lost, move the record and "
        "the folder of the account out of the state: another account is registered then"
    )
    return seen.found(Code.ACCOUNT_WITHOUT_KEY, _path(account), message, advice, field="account_keys")


def _unnamed(seen: Seen) -> Iterator[StateFinding]:
    for path in seen.entries:
        found = _KEY.fullmatch(path)
        if found is None or seen.is_flawed(f"accounts/{found['name']}.yaml"):
            continue
        account = seen.accounts.get(found["name"])
        if account is None:
            message = "there is a key for this account, and no record yet"
            does = "that registers an account of this name uses it: the CA may know it"
            yield seen.by_apply(Code.KEY_WITHOUT_RECORD, path, message, does)
        elif int(found["version"]) not in {key.key_version for key in account.account_keys}:
            message = (
                "the record of the account has no such version: a run was killed when it changed the key"
            )
            advice = f"the next `reconciler account rotate-key {account.name}` uses it"
            yield seen.found(Code.KEY_WITHOUT_RECORD, path, message, advice)


def _shared(seen: Seen) -> Iterator[StateFinding]:
    accounts_of: defaultdict[str, list[Account]] = defaultdict(list)
    for account in seen.accounts.values():
        accounts_of[account.active_key.thumbprint].append(account)
    for first, *others in accounts_of.values():
        for other in others:
            message = f"this account has the same key as the account {first.name}"
            if other.directory_url == first.directory_url:
                advice = (
                    "at the CA these are one account: let roles name one of them, and move the record and "
                    "the folder of the other out of the state; to deactivate it would end both"
                )
                yield seen.found(Code.KEY_OF_TWO_ACCOUNTS, _path(other), message, advice, field="thumbprint")
            else:
                advice = "give it another one"
                command = f"reconciler account rotate-key {other.name}"
                yield seen.found(
                    Code.KEY_OF_TWO_ACCOUNTS, _path(other), message, advice, command, field="thumbprint"
                )


def check_keys_of_certificates(seen: Seen, kept: Iterable[Kept]) -> Iterator[StateFinding]:
    """Yield the orders whose key is that of an account, or was: that signs for the account alone."""
    names = {key.thumbprint: each.name for each in seen.accounts.values() for key in each.account_keys}
    for each in kept if names else ():
        key = each.key or each.csr_key
        name = names.get(pki.thumbprint_of(key)) if key is not None else None
        if name is not None:
            message = f"the key of this order is a key of the account {name}: no certificate may have it"
            advice = "give the account another key, then revoke the certificate, and order it anew"
            command = f"reconciler account rotate-key {name}"
            yield seen.found(Code.ACCOUNT_KEY_IN_CERTIFICATE, each.folder, message, advice, command)
