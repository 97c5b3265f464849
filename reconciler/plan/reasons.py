"""Why an action is in a plan: facts only; the wording is in `reconciler.render.wording`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from reconciler.model.account import KeyType
    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Stage
    from reconciler.model.permissions import WrongPermission
    from reconciler.model.problem import Problem
    from reconciler.model.revocation import RevocationReason


class NewCertificate(Struct, frozen=True):
    """There is no certificate of this name yet."""

    code: ClassVar = "new"


class IdentifiersChanged(Struct, frozen=True):
    """The tree asks for other identifiers than the certificate has."""

    code: ClassVar = "identifiers_changed"
    added: tuple[Identifier, ...]
    removed: tuple[Identifier, ...]


class KeyTypeChanged(Struct, frozen=True):
    """The role now asks for another kind of key."""

    code: ClassVar = "key_type_changed"
    before: KeyType
    after: KeyType


class CsrChanged(Struct, frozen=True):
    """Another request is asked for; None stands for a key and a request of our making.

    `before` and `after` are the SHA-256 (hex) of the requests' DER.
    """

    code: ClassVar = "csr_changed"
    before: str | None
    after: str | None


class RoleChanged(Struct, frozen=True):
    """The certificate is requested through another role."""

    code: ClassVar = "role_changed"
    before: str
    after: str


class AccountChanged(Struct, frozen=True):
    """The role now orders through another account."""

    code: ClassVar = "account_changed"
    before: str
    after: str


class ProfileChanged(Struct, frozen=True):
    """Another of the CA's profiles is asked for than it was ordered with; None: that was left to the CA."""

    code: ClassVar = "profile_changed"
    before: str | None
    after: str


class MustStapleChanged(Struct, frozen=True):
    """The tree asks for a certificate with the TLS feature (RFC 7633), or for one without it."""

    code: ClassVar = "must_staple_changed"
    after: bool


class EndChanged(Struct, frozen=True):
    """Another end is asked for than it was ordered with; None: that was left to the CA."""

    code: ClassVar = "end_changed"
    before: str | None
    after: str


class RenewalDue(Struct, frozen=True):
    """The certificate is to be renewed since `since`, for its end is near (or past).

    `suggested` says whether the CA has named the time (RFC 9773); it says why at `explanation_url`.
    """

    code: ClassVar = "renewal_due"
    since: datetime
    not_after: datetime
    suggested: bool = False
    explanation_url: str | None = None


class CertificateRevoked(Struct, frozen=True):
    """The certificate was revoked."""

    code: ClassVar = "certificate_revoked"
    date: datetime
    reason: RevocationReason


class RevocationRequested(Struct, frozen=True):
    """The tree asks for the certificate to be revoked."""

    code: ClassVar = "revocation_requested"
    reason: RevocationReason


class EndPassed(Struct, frozen=True):
    """The end that the tree asks for is past: there is nothing to order."""

    code: ClassVar = "end_passed"
    moment: datetime


class FilesMissing(Struct, frozen=True):
    """Delivered files are not in their place."""

    code: ClassVar = "files_missing"
    files: tuple[str, ...]


class FilesAltered(Struct, frozen=True):
    """Delivered files have other content than what was issued."""

    code: ClassVar = "files_altered"
    files: tuple[str, ...]


class FilesSuperseded(Struct, frozen=True):
    """Files of the certificate before are still there, and do not belong to this one."""

    code: ClassVar = "files_superseded"
    files: tuple[str, ...]


class PermissionsDiffer(Struct, frozen=True):
    """Delivered files, or their folder (`.`), have another owner, group or mode than they should."""

    code: ClassVar = "permissions_differ"
    permissions: tuple[WrongPermission, ...]


class OrderOpen(Struct, frozen=True):
    """An order for exactly this is under way."""

    code: ClassVar = "order_open"
    order_id: str
    stage: Stage
    next_work_date: datetime | None


class OrderFailed(Struct, frozen=True):
    """The last order failed, and its time to be tried again is `retry_at`."""

    code: ClassVar = "order_failed"
    order_id: str
    attempt: int
    retry_at: datetime | None
    problem: Problem | None


class OrderHeld(Struct, frozen=True):
    """The last order was cancelled, or completed by another copy of the state: people say what comes next."""

    code: ClassVar = "order_held"
    order_id: str
    problem: Problem


class OrderExpired(Struct, frozen=True):
    """The last order expired before its challenges were fulfilled."""

    code: ClassVar = "order_expired"
    order_id: str


class NoLongerRequested(Struct, frozen=True):
    """The tree has no such certificate, or account, any more."""

    code: ClassVar = "no_longer_requested"


class AccountNotRegistered(Struct, frozen=True):
    """The CA does not know this account yet, and a certificate needs it."""

    code: ClassVar = "account_not_registered"


class ContactsChanged(Struct, frozen=True):
    """The tree has other contacts than the CA was told."""

    code: ClassVar = "contacts_changed"
    before: tuple[str, ...]
    after: tuple[str, ...]


class TrustedCaChanged(Struct, frozen=True):
    """The tree names another CA behind the TLS of the server than the state remembers."""

    code: ClassVar = "trusted_ca_changed"


class AdditionalHostsChanged(Struct, frozen=True):
    """The tree allows requests to other hosts than the state remembers."""

    code: ClassVar = "additional_hosts_changed"
    before: tuple[str, ...]
    after: tuple[str, ...]


class KeyTooOld(Struct, frozen=True):
    """The account's key is older than `key_rotation` allows, since `since`."""

    code: ClassVar = "key_too_old"
    key_version: int
    key_creation_date: datetime
    max_age: timedelta
    since: datetime


class KeyChangePending(Struct, frozen=True):
    """A change of the account's key was begun, and nobody knows yet whether the CA has made it."""

    code: ClassVar = "key_change_pending"
    key_version: int


class OrdersUnderWay(Struct, frozen=True):
    """Orders of the account are under way; their challenges are tied to the key that it has."""

    code: ClassVar = "orders_under_way"
    order_ids: tuple[str, ...]


class LeftBehind(Struct, frozen=True):
    """What was presented for these identifiers by an order is still there."""

    code: ClassVar = "left_behind"
    order_id: str
    identifiers: tuple[Identifier, ...]


class AnotherOrder(Struct, frozen=True):
    """Two runs have each made an order for the certificate; the other one, `order_id`, is gone on with."""

    code: ClassVar = "another_order"
    order_id: str


class ClaimedElsewhere(Struct, frozen=True):
    """Another run of apply works on it, or on the account that it needs, until `until` at the latest.

    `holder` is who runs it and where; `run_url` the page of its CI run; `account_name` the account, where it
    is that which the other run works on.
    """

    code: ClassVar = "claimed_elsewhere"
    run_id: str
    holder: str
    until: datetime
    run_url: str | None = None
    account_name: str | None = None


class RecordFlawed(Struct, frozen=True):
    """A record that it depends on cannot be read; `place` is that of the error, `file:line`."""

    code: ClassVar = "record_flawed"
    place: str


class EncryptionTurnedOn(Struct, frozen=True):
    """The private keys in the state are in clear, and are to be encrypted."""

    code: ClassVar = "encryption_turned_on"


class EncryptionTurnedOff(Struct, frozen=True):
    """The private keys in the state are encrypted, and are to be in clear."""

    code: ClassVar = "encryption_turned_off"


class RecipientsChanged(Struct, frozen=True):
    """The private keys in the state are encrypted for others than the settings name."""

    code: ClassVar = "recipients_changed"


class ReencryptionUnfinished(Struct, frozen=True):
    """An earlier run began to encrypt the private keys anew, and did not come to the end."""

    code: ClassVar = "reencryption_unfinished"


class KeysInClear(Struct, frozen=True):
    """Some private keys lie in the state in clear, though they are to be encrypted."""

    code: ClassVar = "keys_in_clear"
    number: int


Reason = (
    NewCertificate
    | IdentifiersChanged
    | KeyTypeChanged
    | CsrChanged
    | RoleChanged
    | AccountChanged
    | ProfileChanged
    | MustStapleChanged
    | EndChanged
    | RenewalDue
    | CertificateRevoked
    | RevocationRequested
    | EndPassed
    | FilesMissing
    | FilesAltered
    | FilesSuperseded
    | PermissionsDiffer
    | OrderOpen
    | OrderFailed
    | OrderHeld
    | OrderExpired
    | NoLongerRequested
    | AccountNotRegistered
    | ContactsChanged
    | TrustedCaChanged
    | AdditionalHostsChanged
    | KeyTooOld
    | KeyChangePending
    | OrdersUnderWay
    | LeftBehind
    | AnotherOrder
    | ClaimedElsewhere
    | RecordFlawed
    | EncryptionTurnedOn
    | EncryptionTurnedOff
    | RecipientsChanged
    | ReencryptionUnfinished
    | KeysInClear
)
