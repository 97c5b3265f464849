"""Before an order: everything that would make it fail, as far as that can be seen from here.

It advises. Nothing is written, nothing is published, nothing is asked of the CA but its directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.challenges.local import LOCAL_WAYS
from reconciler.engine.preflight.asking import Asking, PreflightOptions
from reconciler.engine.preflight.caa import caa_findings
from reconciler.engine.preflight.local import local_findings
from reconciler.engine.preflight.ports import port_findings
from reconciler.engine.preflight.records import record_findings, secret_findings
from reconciler.engine.preflight.side_by_side import side_by_side
from reconciler.engine.preflight.standing import standing_findings
from reconciler.engine.preflight.subjects import Subject, subjects_of
from reconciler.model.preflight import Check, Outcome, PreflightFinding
from reconciler.model.preflight_facts import Failed, OutOfTime
from reconciler.model.role import DNS_TYPES, ChallengeType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.engine.work import Workplace
    from reconciler.model.account import Account
    from reconciler.model.desired import Desired
    from reconciler.plan.actions import Plan

    Look = Callable[[Asking, Subject], Iterator[PreflightFinding]]


def preflight(
    place: Workplace,
    plan: Plan,
    desired: Desired,
    known: Mapping[str, Account],
    options: PreflightOptions | None = None,
    report: Callable[[int, int], object] = lambda _done, _total: None,
) -> tuple[PreflightFinding, ...]:
    """Return what was looked at; never raises.

    That is each identifier that the plan would order, and each whose record of dns-persist-01 has to stand.

    Args:
        place: the network, as `apply` would use it; of the state nothing is needed.
        plan: what would be done.
        desired: the tree.
        known: the accounts in the state.
        options: how long it may take.
        report: gets how many checks are done, and how many there are.
    """
    options = options or PreflightOptions()
    asking = Asking(place, options)
    looks = [each for subject in subjects_of(plan, desired, known) for each in _looks(asking, subject)]
    # What needs no network is not to wait for what does.
    turns = sorted(range(len(looks)), key=lambda index: looks[index].look not in _AT_HOME)
    work = [looks[index].run for index in turns]
    done = side_by_side(
        work,
        options.threads,
        options.seconds,
        place.clock.monotonic,
        lambda count: report(count, len(work)),
    )
    results = dict(zip(turns, done, strict=True))
    found: list[PreflightFinding] = []
    for index, look in enumerate(looks):
        findings = results[index]
        found += (look.unfinished(),) if findings is None else findings
    return tuple(found)


_AT_HOME = (secret_findings, local_findings)


class _Look(Struct, frozen=True):
    """One check of one subject."""

    asking: Asking
    subject: Subject
    check: Check
    look: Look

    def run(self) -> tuple[PreflightFinding, ...]:
        try:
            return tuple(self.look(self.asking, self.subject))
        except Exception as error:  # noqa: BLE001 - advice must not be what a plan fails by
            what = f"{type(error).__name__}: {error}"[:500]
            return (self.subject.finding(self.check, Outcome.UNKNOWN, Failed(what)),)

    def unfinished(self) -> PreflightFinding:
        return self.subject.finding(self.check, Outcome.UNKNOWN, OutOfTime())


def _looks(asking: Asking, subject: Subject) -> Iterator[_Look]:
    challenge_type = subject.challenge_type
    if not subject.is_due:
        yield _Look(asking, subject, Check.STANDING_RECORD, standing_findings)
        return
    if subject.identifier.type == "dns":
        yield _Look(asking, subject, Check.CAA, caa_findings)
    if challenge_type is None or subject.is_validated:
        return
    if subject.method is not None and subject.method.way in LOCAL_WAYS:
        yield _Look(asking, subject, Check.LOCAL, local_findings)
    if challenge_type not in DNS_TYPES:
        yield _Look(asking, subject, Check.PORT, port_findings)
        return
    yield _Look(asking, subject, Check.PROVIDER, secret_findings)
    if challenge_type is ChallengeType.DNS_PERSIST_01:
        yield _Look(asking, subject, Check.STANDING_RECORD, standing_findings)
    else:
        yield _Look(asking, subject, Check.DELEGATION, record_findings)
