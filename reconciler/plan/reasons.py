"""Why an action is in a plan: facts only; the wording is in `reconciler.render.wording`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.model.account import KeyType
    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Stage
    from reconciler.model.problem import Problem


@dataclass(frozen=True, slots=True)
class NewCertificate:
    """There is no certificate of this name yet."""

    code: ClassVar = "new"


@dataclass(frozen=True, slots=True)
class IdentifiersChanged:
    """The tree asks for other identifiers than the certificate has."""

    code: ClassVar = "identifiers_changed"
    added: tuple[Identifier, ...]
    removed: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class KeyTypeChanged:
    """The role now asks for another kind of key."""

    code: ClassVar = "key_type_changed"
    before: KeyType
    after: KeyType


@dataclass(frozen=True, slots=True)
class CsrChanged:
    """Another request is asked for; None stands for a key and a request of our making.

    `before` and `after` are the SHA-256 (hex) of the requests' DER.
    """

    code: ClassVar = "csr_changed"
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """The certificate is requested through another role."""

    code: ClassVar = "role_changed"
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """The role now orders through another account."""

    code: ClassVar = "account_changed"
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ProfileChanged:
    """Another of the CA's profiles is asked for than it was ordered with; None: that was left to the CA."""

    code: ClassVar = "profile_changed"
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class RenewalDue:
    """The certificate is near its end (or past it: then `not_after` is before the plan's `now`)."""

    code: ClassVar = "renewal_due"
    since: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class FilesMissing:
    """Delivered files are not in their place."""

    code: ClassVar = "files_missing"
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilesAltered:
    """Delivered files have other content than what was issued."""

    code: ClassVar = "files_altered"
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilesSuperseded:
    """Files of the certificate before are still there, and do not belong to this one."""

    code: ClassVar = "files_superseded"
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderOpen:
    """An order for exactly this is under way."""

    code: ClassVar = "order_open"
    order_id: str
    stage: Stage
    next_work_date: datetime | None


@dataclass(frozen=True, slots=True)
class OrderFailed:
    """The last order failed, and its time to be tried again is `retry_at`."""

    code: ClassVar = "order_failed"
    order_id: str
    attempt: int
    retry_at: datetime | None
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class OrderExpired:
    """The last order expired before its challenges were fulfilled."""

    code: ClassVar = "order_expired"
    order_id: str


@dataclass(frozen=True, slots=True)
class NoLongerRequested:
    """The tree has no such certificate any more."""

    code: ClassVar = "no_longer_requested"


@dataclass(frozen=True, slots=True)
class AccountNotRegistered:
    """The CA does not know this account yet, and a certificate needs it."""

    code: ClassVar = "account_not_registered"


Reason = (
    NewCertificate
    | IdentifiersChanged
    | KeyTypeChanged
    | CsrChanged
    | RoleChanged
    | AccountChanged
    | ProfileChanged
    | RenewalDue
    | FilesMissing
    | FilesAltered
    | FilesSuperseded
    | OrderOpen
    | OrderFailed
    | OrderExpired
    | NoLongerRequested
    | AccountNotRegistered
)
