"""The facts that a preflight finds, beside those of CAA records; the words are elsewhere."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from reconciler.model.caa import CaaFact

if TYPE_CHECKING:
    from reconciler.model.fulfillment import Method


class Reach(StrEnum):
    """What came of a connection."""

    OPEN = "open"
    REFUSED = "refused"
    SILENT = "silent"
    NO_ROUTE = "no_route"


class Try(Struct, frozen=True):
    """One connection that was tried."""

    address: str
    reach: Reach


class NoAddress(Struct, frozen=True):
    """The name has no address where the CA could ask."""

    code: ClassVar = "no_address"


class NotPublic(Struct, frozen=True):
    """Addresses that a CA on the Internet does not reach (RFC 6890)."""

    code: ClassVar = "not_public"
    addresses: tuple[str, ...]


class PortTried(Struct, frozen=True):
    """Connections to the port that the CA will ask at.

    Attributes:
        is_ours: whether a listener of ours is to have the port once there is a challenge.
    """

    code: ClassVar = "port_tried"
    port: int
    tries: tuple[Try, ...]
    is_ours: bool


class RecordPlace(Struct, frozen=True):
    """Where the record of the challenge belongs, and which DNS provider (if any) publishes it."""

    code: ClassVar = "record_place"
    record_name: str
    target: str
    zone: str
    provider: str | None


class NotCovered(Struct, frozen=True):
    """No DNS provider covers the name of the record, or not the one that was chosen (`provider`)."""

    code: ClassVar = "not_covered"
    record_name: str
    target: str
    provider: str | None


class ServersAnswer(Struct, frozen=True):
    """All name servers of the zone answer."""

    code: ClassVar = "servers_answer"
    zone: str


class ServersFail(Struct, frozen=True):
    """Some name servers of the zone do not answer for it; `what` says which, and how."""

    code: ClassVar = "servers_fail"
    zone: str
    what: str


class CredentialsAccepted(Struct, frozen=True):
    """The provider takes our credentials for the zone; which names may be changed shows only by a change."""

    code: ClassVar = "credentials_accepted"
    provider: str
    zone: str


class AccessDenied(Struct, frozen=True):
    """The provider cannot be used; `zone` is None where that shows without one: a secret is missing."""

    code: ClassVar = "access_denied"
    provider: str
    zone: str | None
    what: str


class RecordStands(Struct, frozen=True):
    """The standing record is there (dns-persist-01)."""

    code: ClassVar = "record_stands"
    record_name: str


class NoRecordStands(Struct, frozen=True):
    """The standing record is not there.

    Attributes:
        value: what it has to be; None where the CA does not say what it calls itself.
    """

    code: ClassVar = "no_record_stands"
    record_name: str
    value: str | None


class NoAccountYet(Struct, frozen=True):
    """What is looked for is made of the account's URL, and there is none before it is registered."""

    code: ClassVar = "no_account_yet"


class LocalReady(Struct, frozen=True):
    """What this machine has to have is there: the webroot, the program, or the listener's addresses."""

    code: ClassVar = "local_ready"
    method: Method


class LocalObstacle(Struct, frozen=True):
    """The way cannot be used as this machine is; `what` says why, and what to do."""

    code: ClassVar = "local_obstacle"
    method: Method
    what: str


class Failed(Struct, frozen=True):
    """What went wrong in looking, or what is wrong, in words.

    Attributes:
        what: where nobody answered, not what was asked: of many questions it is the same.
    """

    code: ClassVar = "failed"
    what: str


class OutOfTime(Struct, frozen=True):
    """The time for all checks was over."""

    code: ClassVar = "out_of_time"


PortFact = NoAddress | NotPublic | PortTried
RecordFact = RecordPlace | NotCovered | ServersAnswer | ServersFail
ProviderFact = CredentialsAccepted | AccessDenied
StandingFact = RecordStands | NoRecordStands | NoAccountYet
LocalFact = LocalReady | LocalObstacle
Fact = CaaFact | PortFact | RecordFact | ProviderFact | StandingFact | LocalFact | Failed | OutOfTime
"""Closed unions: match on them with `assert_never`."""
