"""What was looked at before anything is ordered, and what came of it: facts only, the words are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from reconciler.model.caa import CaaObjection
    from reconciler.model.finding import Location
    from reconciler.model.identifier import Identifier


class Check(StrEnum):
    """What is looked at."""

    CAA = "caa"
    DELEGATION = "delegation"
    NAMESERVERS = "nameservers"
    PORT = "port"
    PROVIDER = "provider"
    STANDING_RECORD = "standing-record"


class Outcome(StrEnum):
    """What came of it: `unknown` is what could not be found out from here."""

    OK = "ok"
    WARNING = "warning"
    UNKNOWN = "unknown"


class Reach(StrEnum):
    """What came of a connection."""

    OPEN = "open"
    REFUSED = "refused"
    SILENT = "silent"
    NO_ROUTE = "no_route"


@dataclass(frozen=True, slots=True)
class Try:
    """One connection that was tried."""

    address: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class CaaAllows:
    """The CA may issue; `record_name` is where the records are, empty where there are none."""

    code: ClassVar = "caa_allows"
    record_name: str


@dataclass(frozen=True, slots=True)
class CaaForbids:
    """No record lets the CA issue.

    Attributes:
        objections: the first few; `more` counts the others.
        issuers: what the CA calls itself.
    """

    code: ClassVar = "caa_forbids"
    record_name: str
    objections: tuple[CaaObjection, ...]
    more: int
    issuers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaaUndecided:
    """There are records, and what the CA calls itself is not known; `why` where it did not answer."""

    code: ClassVar = "caa_undecided"
    record_name: str
    why: str | None


@dataclass(frozen=True, slots=True)
class NoAddress:
    """The name has no address where the CA could ask."""

    code: ClassVar = "no_address"


@dataclass(frozen=True, slots=True)
class NotPublic:
    """Addresses that a CA on the Internet does not reach (RFC 6890)."""

    code: ClassVar = "not_public"
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PortTried:
    """Connections to the port that the CA will ask at.

    Attributes:
        is_ours: whether a listener of ours is to have the port once there is a challenge.
    """

    code: ClassVar = "port_tried"
    port: int
    tries: tuple[Try, ...]
    is_ours: bool


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """Where the record of the challenge belongs, and which DNS provider (if any) publishes it."""

    code: ClassVar = "record_place"
    record_name: str
    target: str
    zone: str
    provider: str | None


@dataclass(frozen=True, slots=True)
class NotCovered:
    """No DNS provider covers the name of the record, or not the one that was chosen (`provider`)."""

    code: ClassVar = "not_covered"
    record_name: str
    target: str
    provider: str | None


@dataclass(frozen=True, slots=True)
class ServersAnswer:
    """All name servers of the zone answer."""

    code: ClassVar = "servers_answer"
    zone: str


@dataclass(frozen=True, slots=True)
class ServersFail:
    """Some name servers of the zone do not answer for it; `what` says which, and how."""

    code: ClassVar = "servers_fail"
    zone: str
    what: str


@dataclass(frozen=True, slots=True)
class AccessGranted:
    """The provider would let us change the zone, as far as that shows without a change."""

    code: ClassVar = "access_granted"
    provider: str
    zone: str


@dataclass(frozen=True, slots=True)
class AccessDenied:
    """The provider cannot be used; `zone` is None where that shows without one: a secret is missing."""

    code: ClassVar = "access_denied"
    provider: str
    zone: str | None
    what: str


@dataclass(frozen=True, slots=True)
class RecordStands:
    """The standing record is there (dns-persist-01)."""

    code: ClassVar = "record_stands"
    record_name: str


@dataclass(frozen=True, slots=True)
class NoRecordStands:
    """The standing record is not there.

    Attributes:
        value: what it has to be; None where the CA does not say what it calls itself.
    """

    code: ClassVar = "no_record_stands"
    record_name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class NoAccountYet:
    """What is looked for is made of the account's URL, and there is none before it is registered."""

    code: ClassVar = "no_account_yet"


@dataclass(frozen=True, slots=True)
class Failed:
    """What went wrong in looking, or what is wrong; `what` is for people."""

    code: ClassVar = "failed"
    what: str


@dataclass(frozen=True, slots=True)
class OutOfTime:
    """The time for all checks was over."""

    code: ClassVar = "out_of_time"


Fact = (
    CaaAllows
    | CaaForbids
    | CaaUndecided
    | NoAddress
    | NotPublic
    | PortTried
    | RecordPlace
    | NotCovered
    | ServersAnswer
    | ServersFail
    | AccessGranted
    | AccessDenied
    | RecordStands
    | NoRecordStands
    | NoAccountYet
    | Failed
    | OutOfTime
)
"""A closed union: match on it with `assert_never`."""


@dataclass(frozen=True, slots=True)
class PreflightFinding:
    """One check of one identifier of a certificate that is to be ordered.

    Attributes:
        location: the place of the identifier in the tree.
    """

    certificate: str
    identifier: Identifier
    check: Check
    outcome: Outcome
    fact: Fact
    location: Location | None = None
