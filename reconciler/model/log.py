"""The log of what was done, as values: which events there are, and what an entry says."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from reconciler.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class LogEvent(StrEnum):
    """What can have been done."""

    RUN_STARTED = "run_started"
    RUN_ENDED = "run_ended"
    ACCOUNT_REGISTERED = "account_registered"
    ACCOUNT_UPDATED = "account_updated"
    ACCOUNT_KEY_ROTATED = "account_key_rotated"
    ACCOUNT_DEACTIVATED = "account_deactivated"
    ACCOUNT_IMPORTED = "account_imported"
    ACCOUNT_FAILED = "account_failed"
    ORDER_SUBMITTED = "order_submitted"
    ORDER_AWAITS_PEOPLE = "order_awaits_people"
    ORDER_FULFILLED = "order_fulfilled"
    ORDER_RETRIED = "order_retried"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_ABANDONED = "order_abandoned"
    CERTIFICATE_ISSUED = "certificate_issued"
    CERTIFICATE_DELIVERED = "certificate_delivered"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_FORGOTTEN = "certificate_forgotten"
    CERTIFICATE_FAILED = "certificate_failed"
    DELIVERY_FAILED = "delivery_failed"
    CLEAN_UP_FAILED = "clean_up_failed"
    KEYS_REENCRYPTED = "keys_reencrypted"
    KEYS_FAILED = "keys_failed"
    TORN_LINE = "torn_line"


class RunStart(Struct, frozen=True):
    """What there is to say of a run before it has done anything.

    Attributes:
        command: `reconciler apply`, say.
        version: of the program.
        user, host: who runs it, and where.
        actor: who has started the CI run, as its environment says; None outside of CI.
        origin: what it is made from.
    """

    command: str
    version: str
    user: str
    host: str
    actor: str | None = None
    origin: Origin = field(default_factory=Origin)


class LogEntry(Struct, frozen=True):
    """One line of the log.

    Attributes:
        time: when it was done.
        run: the id of the run that did it, a UUIDv7.
        event: what: one of `LogEvent`, or what a later version knows.
        facts: what there is to say about it, in values that JSON has; no secret, and each of them short.
    """

    time: datetime
    run: str
    event: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def certificate(self) -> str | None:
        """The name of the certificate that it is about; None where it is about none."""
        name = self.facts.get("certificate")
        return name if isinstance(name, str) else None


class LogLine(Struct, frozen=True):
    """An entry as it stands in the log.

    Attributes:
        number: of the line, from 1.
        hash: what the next line is bound to; as it is stated there.
    """

    number: int
    entry: LogEntry
    hash: str


class Flaw(StrEnum):
    """What is wrong with a line."""

    TORN = "torn"
    UNREADABLE = "unreadable"
    NEWER_FORMAT = "newer_format"
    ALTERED = "altered"
    OUT_OF_PLACE = "out_of_place"
    OTHER_LINEAGE = "other_lineage"
    NOT_THERE = "not_there"


class FlawedLine(Struct, frozen=True):
    """A line that does not fit.

    Attributes:
        line: its number, from 1; of what is not there at all (`NOT_THERE`) the number of lines.
        flaw: what is wrong: not written to its end (`TORN`); no entry (`UNREADABLE`); of a form that this
            program does not know (`NEWER_FORMAT`); not what was written (`ALTERED`); does not follow the line
            before, for lines were removed, added, swapped or made anew there (`OUT_OF_PLACE`); the first, and
            of another state, or not the first that was written (`OTHER_LINEAGE`); the hash that was expected
            is that of no line (`NOT_THERE`).
    """

    line: int
    flaw: Flaw


class Verification(Struct, frozen=True):
    """What became of looking at the whole log.

    Attributes:
        path: of the log, as the reader would name it.
        lines: how many it has.
        last_hash: that of the last line; None where there is none.
        problems: what does not fit, from the first line to the last.
    """

    path: str
    lines: int
    last_hash: str | None
    problems: tuple[FlawedLine, ...]
