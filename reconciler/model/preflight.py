"""What was looked at before anything is ordered, and what came of it: the words are elsewhere."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reconciler.model.finding import Location
    from reconciler.model.identifier import Identifier
    from reconciler.model.preflight_facts import Fact


class Check(StrEnum):
    """What is looked at."""

    CAA = "caa"
    DELEGATION = "delegation"
    LOCAL = "local"
    NAMESERVERS = "nameservers"
    PORT = "port"
    PROVIDER = "provider"
    STANDING_RECORD = "standing_record"


class Outcome(StrEnum):
    """What came of it: `unknown` is what could not be found out from here."""

    OK = "ok"
    WARNING = "warning"
    UNKNOWN = "unknown"


class PreflightFinding(Struct, frozen=True):
    """One check of one identifier of a certificate.

    Attributes:
        location: the place of the identifier in the tree.
    """

    certificate: str
    identifier: Identifier
    check: Check
    outcome: Outcome
    fact: Fact
    location: Location | None = None
