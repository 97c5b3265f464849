"""What the engine says while it works and at the end: data; the wording is in `reconciler.render`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.model.account import KeyType
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Stage
    from reconciler.model.problem import Problem
    from reconciler.model.revocation import RevocationReason

ActionKind = Literal["account", "certificate", "delivery", "keys"]


class AccountRegistered(Struct, frozen=True):
    """An account is registered and usable."""

    account: str
    account_url: str


class AccountUpdated(Struct, frozen=True):
    """The CA, or the record, has the contacts and the trusted CA that the tree has."""

    account: str


class KeyRotated(Struct, frozen=True):
    """Another key has taken the place of an account's; the names of the fields are the seed system's."""

    account: str
    old_active_key_version: int
    new_active_key_version: int
    key_type: KeyType
    rotated_at: datetime


class AccountDeactivated(Struct, frozen=True):
    """An account was deactivated, and its records archived."""

    account: str


class KeysReencrypted(Struct, frozen=True):
    """The private keys in the state are encrypted for other recipients, or (none) in clear.

    Attributes:
        number: how many keys.
    """

    recipients: tuple[str, ...]
    number: int


class OrderAdvanced(Struct, frozen=True):
    """An order has come to a stage (also told once for each order when its work begins)."""

    certificate: str
    order_id: str
    stage: Stage


class OrderPostponed(Struct, frozen=True):
    """There is nothing to do for an order before a time: the CA works, or a request is to be tried again.

    Attributes:
        order_id: None where not even the order has been begun.
    """

    certificate: str
    order_id: str | None
    until: datetime
    problem: Problem | None = None


class ChallengeUnseen(Struct, frozen=True):
    """What an order presents cannot be seen everywhere yet; told when it is said in other words.

    Attributes:
        missing: who lacks what.
    """

    certificate: str
    order_id: str
    missing: str


class OrderAwaitsPeople(Struct, frozen=True):
    """An order can only go on once people have followed its instructions."""

    certificate: str
    order_id: str
    instructions: tuple[Instruction, ...]


class CleanUpFailed(Struct, frozen=True):
    """What was presented for an order could not be taken away again; that holds nothing up.

    Attributes:
        presented: what is still there.
    """

    certificate: str
    order_id: str
    problem: Problem
    presented: tuple[Instruction, ...] = ()


class CleanedUp(Struct, frozen=True):
    """What was presented for an order is taken away."""

    certificate: str
    order_id: str


class CertificateIssued(Struct, frozen=True):
    """A certificate was issued and written to its place."""

    certificate: str
    order_id: str
    serial_number: str
    not_after: datetime
    folder: str


class ChainNotOffered(Struct, frozen=True):
    """The CA offers no chain with the issuer that is preferred; the order goes on with the CA's own choice.

    Attributes:
        issuers: the common names of the issuers in the chain that was taken, the lowest first.
    """

    certificate: str
    order_id: str
    preferred: str
    issuers: tuple[str, ...]


class CertificateRevoked(Struct, frozen=True):
    """A certificate was revoked, or (`already`) was so before: then with the reason on record, if any."""

    certificate: str
    order_id: str
    serial_number: str
    reason: RevocationReason
    already: bool = False


class CertificateDelivered(Struct, frozen=True):
    """The files of a certificate issued earlier were written (again)."""

    certificate: str
    folder: str


class CertificateForgotten(Struct, frozen=True):
    """The records of a certificate were archived."""

    certificate: str


class OrderAbandoned(Struct, frozen=True):
    """An order that nobody asks for any more was archived."""

    certificate: str
    order_id: str


class ActionFailed(Struct, frozen=True):
    """An action failed; the others go on.

    Attributes:
        kind: whether the subject is an `account`, a `certificate`, the `delivery` of the files of one, or the
            `keys` in the state.
        subject: its name.
        retry_at: when it will be tried again, where that is known.
    """

    subject: str
    problem: Problem
    order_id: str | None = None
    retry_at: datetime | None = None
    kind: ActionKind = "certificate"


Event = (
    KeysReencrypted
    | AccountRegistered
    | AccountUpdated
    | KeyRotated
    | AccountDeactivated
    | OrderAdvanced
    | OrderPostponed
    | ChallengeUnseen
    | OrderAwaitsPeople
    | CleanUpFailed
    | CleanedUp
    | ChainNotOffered
    | CertificateIssued
    | CertificateRevoked
    | CertificateDelivered
    | CertificateForgotten
    | OrderAbandoned
    | ActionFailed
)


class ApplyResult(Struct, frozen=True):
    """How a run of `apply` ended.

    Attributes:
        instructions: what people have to do, for all orders that wait for them.
        waiting_for_ca: orders that wait for the CA, and until when.
        cleaned_up: orders of earlier runs, of which what was still presented is taken away.
        left_behind: what could not be taken away after use.
        other_chains: certificates whose preferred chain the CA does not offer.
        under_way: orders in the middle of which the run was stopped.
        stopped: whether the run was stopped before its end.
    """

    reencrypted: tuple[KeysReencrypted, ...] = ()
    registered: tuple[AccountRegistered, ...] = ()
    updated: tuple[AccountUpdated, ...] = ()
    rotated: tuple[KeyRotated, ...] = ()
    deactivated: tuple[AccountDeactivated, ...] = ()
    issued: tuple[CertificateIssued, ...] = ()
    revoked: tuple[CertificateRevoked, ...] = ()
    delivered: tuple[CertificateDelivered, ...] = ()
    forgotten: tuple[CertificateForgotten, ...] = ()
    abandoned: tuple[OrderAbandoned, ...] = ()
    failed: tuple[ActionFailed, ...] = ()
    awaiting_people: tuple[OrderAwaitsPeople, ...] = ()
    waiting_for_ca: tuple[OrderPostponed, ...] = ()
    cleaned_up: tuple[CleanedUp, ...] = ()
    left_behind: tuple[CleanUpFailed, ...] = ()
    other_chains: tuple[ChainNotOffered, ...] = ()
    under_way: tuple[OrderAdvanced, ...] = ()
    stopped: bool = False

    @property
    def is_waiting(self) -> bool:
        """Whether another run is needed to finish."""
        return bool(self.awaiting_people or self.waiting_for_ca)
