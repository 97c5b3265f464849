"""Before an order: do the CAA records let this CA issue, to this account, by this challenge?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.preflight.failures import failed
from reconciler.errors import CAError, ReconcilerError
from reconciler.model.caa import CaaAllows, CaaForbids, CaaObjection, CaaUndecided
from reconciler.model.preflight import Check, Outcome
from reconciler.orders.caa import CaaQuestion, judge_caa

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.engine.preflight.asking import Asking
    from reconciler.engine.preflight.subjects import Subject
    from reconciler.model.caa import CaaRecord
    from reconciler.model.preflight import PreflightFinding

_MOST_SHOWN = 5
_LONGEST = 200


def caa_findings(asking: Asking, subject: Subject) -> Iterator[PreflightFinding]:
    """Yield what the CAA records of a name come to; for a name, not for an address (RFC 8738 section 7)."""
    try:
        record_name, records = asking.caa_records(subject.identifier.base)
    except ReconcilerError as error:
        yield failed(subject, Check.CAA, error)
        return
    if not records:
        yield subject.finding(Check.CAA, Outcome.OK, CaaAllows(""))
        return
    issuers, why = _issuers(asking, subject)
    verdict = judge_caa(
        sorted(records),  # name servers send them in any order
        CaaQuestion(subject.identifier.is_wildcard, issuers, subject.account_url, subject.challenge_type),
    )
    if verdict.may_issue is None:
        yield subject.finding(Check.CAA, Outcome.UNKNOWN, CaaUndecided(record_name, why))
    elif verdict.may_issue:
        yield subject.finding(Check.CAA, Outcome.OK, CaaAllows(record_name))
    else:
        shown = tuple(_short(each) for each in verdict.objections[:_MOST_SHOWN])
        more = len(verdict.objections) - len(shown)
        fact = CaaForbids(record_name, shown, more, issuers)
        yield subject.finding(Check.CAA, Outcome.WARNING, fact)


def _issuers(asking: Asking, subject: Subject) -> tuple[tuple[str, ...], str | None]:
    """Return what the CA calls itself; nothing, and why, where it cannot be asked."""
    if subject.account is None:
        return (), None
    try:
        return asking.identities(subject.account), None
    except CAError as error:
        return (), str(error)


def _short(objection: CaaObjection) -> CaaObjection:
    # Who runs the zone can write as much as an answer holds.
    return CaaObjection(_cut(objection.record), objection.obstacle)


def _cut(record: CaaRecord) -> CaaRecord:
    return record._replace(tag=record.tag[:_LONGEST], value=record.value[:_LONGEST])
