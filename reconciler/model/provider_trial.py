"""A DNS provider put to the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reconciler.model.dns_provider import DnsProvider
    from reconciler.model.identifier import Identifier


class Trial(Struct, frozen=True):
    """What is published where, on trial.

    Attributes:
        record_name: where CNAMEs lead to from the name that a dns-01 challenge would have.
        zone: that the record is in.
        value: of the record, at random.
    """

    provider: DnsProvider
    identifier: Identifier
    record_name: str
    zone: str
    value: str


class TrialResult(Struct, frozen=True):
    """What became of a trial.

    Attributes:
        success: whether it was published, seen, and removed (or left, where that was asked for).
        message: all that went wrong, with what to do; or that nothing did.
        omit_cleanup: whether the record was to stay.
    """

    trial: Trial
    success: bool
    message: str
    omit_cleanup: bool
