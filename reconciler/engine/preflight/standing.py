"""Before an order: does the record of dns-persist-01 stand?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.preflight.failures import failed
from reconciler.engine.preflight.records import record_findings
from reconciler.errors import ReconcilerError
from reconciler.model.fulfillment import Way
from reconciler.model.preflight import Check, Outcome
from reconciler.model.preflight_facts import NoAccountYet, NoRecordStands, RecordStands
from reconciler.orders.standing import standing_record, stands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.engine.preflight.asking import Asking
    from reconciler.engine.preflight.subjects import Subject
    from reconciler.model.preflight import PreflightFinding


def standing_findings(asking: Asking, subject: Subject) -> Iterator[PreflightFinding]:
    """Yield whether the record stands; where it does not, what would keep the program from publishing it."""
    stood = None
    if subject.account_url:
        stood = _standing(asking, subject)
        yield stood
    elif not _is_by_us(subject):
        yield subject.finding(Check.STANDING_RECORD, Outcome.UNKNOWN, NoAccountYet())
    if stood is None or not isinstance(stood.fact, RecordStands):
        yield from record_findings(asking, subject)


def _standing(asking: Asking, subject: Subject) -> PreflightFinding:
    try:
        issuers = subject.issuers or (asking.identities(subject.account) if subject.account else ())
        # Without issuers the value cannot be told, but the name can.
        wanted = standing_record(
            subject.identifier,
            subject.account_url,
            next(iter(issuers), "CA"),
            with_wildcard=subject.with_wildcard,
        )
        values = asking.text_values(wanted.name)
    except ReconcilerError as error:
        return failed(subject, Check.STANDING_RECORD, error)
    there = any(
        stands(each, subject.identifier, subject.account_url, issuers, asking.now()) for each in values
    )
    if there:
        return subject.finding(Check.STANDING_RECORD, Outcome.OK, RecordStands(wanted.name))
    outcome = Outcome.UNKNOWN if not issuers else Outcome.OK if _is_by_us(subject) else Outcome.WARNING
    value = wanted.value if issuers else None
    return subject.finding(Check.STANDING_RECORD, outcome, NoRecordStands(wanted.name, value))


def _is_by_us(subject: Subject) -> bool:
    """Say whether the program publishes it where it is not there."""
    return subject.method is not None and subject.method.way is not Way.STANDING_RECORD
