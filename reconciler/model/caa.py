"""CAA records: who may issue certificates for a name (RFC 8659), and what keeps a CA from it."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, NamedTuple

from msgspec import Struct

_CRITICAL = 0x80


class CaaRecord(NamedTuple):
    """Who may issue (RFC 8659 section 4.1); all of it from whoever runs the zone."""

    flags: int
    tag: str
    value: str

    @property
    def is_critical(self) -> bool:
        """Whether a CA that does not know the property must not issue."""
        return bool(self.flags & _CRITICAL)


class Obstacle(StrEnum):
    """Why a record does not let the CA issue."""

    UNKNOWN_CRITICAL = "unknown_critical"
    NOBODY = "nobody"
    MALFORMED = "malformed"
    OTHER_CA = "other_ca"
    OTHER_ACCOUNT = "other_account"
    NO_ACCOUNT_YET = "no_account_yet"
    OTHER_CHALLENGE = "other_challenge"


class CaaObjection(Struct, frozen=True):
    """A record, and why it does not let the CA issue."""

    record: CaaRecord
    obstacle: Obstacle


class CaaVerdict(Struct, frozen=True):
    """What the records of a name come to.

    Attributes:
        may_issue: None where that cannot be told: the CA does not say what it calls itself.
        objections: where it may not: all records that could have let it; where it cannot be told, none.
    """

    may_issue: bool | None
    objections: tuple[CaaObjection, ...] = ()


class CaaAllows(Struct, frozen=True):
    """The CA may issue; `record_name` is where the records are, empty where there are none."""

    code: ClassVar = "caa_allows"
    record_name: str


class CaaForbids(Struct, frozen=True):
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


class CaaUndecided(Struct, frozen=True):
    """There are records, and what the CA calls itself is not known; `why` where it did not answer."""

    code: ClassVar = "caa_undecided"
    record_name: str
    why: str | None


CaaFact = CaaAllows | CaaForbids | CaaUndecided
"""What a preflight finds; a closed union: match on it with `assert_never`."""
