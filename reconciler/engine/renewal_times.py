"""Asking the CA when certificates are to be renewed (RFC 9773).

That it cannot be asked holds nothing up.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.engine.accounts import connected, spec_of
from reconciler.engine.problems import problem_of
from reconciler.engine.rank import Rank
from reconciler.engine.scheduler import Scheduler
from reconciler.engine.task import Task, Verdict
from reconciler.errors import CAUnavailableError, ReconcilerError, StateError
from reconciler.model.events import ActionFailed
from reconciler.model.renewal import renewal_info_after

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from reconciler.ca.port import CertificateAuthority
    from reconciler.engine.options import ApplyOptions
    from reconciler.engine.work import Work, Workplace
    from reconciler.model.account import AccountSpec
    from reconciler.model.certificate import Certificate
    from reconciler.model.events import Event
    from reconciler.model.renewal import RenewalInfo

MOST_FAILURES = 3
"""How often in a row the CA of an account may fail to answer; then it is left alone in this run."""


def is_to_be_asked(certificate: Certificate, now: datetime) -> bool:
    """Say whether the CA is to be asked about a certificate: in force, and not before its next check."""
    info = certificate.renewal_info
    return (
        certificate.certificate_id is not None
        and certificate.revocation is None
        and now < certificate.not_after
        and (info is None or info.is_due(now))
    )


def ask(place: Workplace, ca: CertificateAuthority, certificate: Certificate) -> RenewalInfo:
    """Ask the CA about one certificate; one that has no say is asked again after a day.

    Raises:
        CAUnavailableError: the CA cannot be asked.
        ProblemError, ProtocolError: its answer is of no use.
    """
    now = place.clock.now()
    if not ca.directory().renewal_info:
        return renewal_info_after(certificate.renewal_info, None, None, now, 0.0).until_tomorrow(now)
    answer = ca.read_renewal_info(certificate.certificate_id or "")
    return renewal_info_after(certificate.renewal_info, answer.window, answer.retry_after, now, place.draw())


def info_without_answer(certificate: Certificate, error: ReconcilerError, now: datetime) -> RenewalInfo:
    """Return what is known of a certificate when the CA could not be asked."""
    retry_after = error.retry_after if isinstance(error, CAUnavailableError) else None
    return renewal_info_after(certificate.renewal_info, None, retry_after, now, 0.0)


def info_at_first(work: Work) -> RenewalInfo | None:
    """Return what is known of a new certificate; None where the CA is to be asked.

    A CA that has no say is asked again tomorrow. The directory is known by now, but in a run that found the
    certificate issued: there it costs a request.
    """
    with suppress(ReconcilerError):
        if not work.ca.directory().renewal_info:
            now = work.place.clock.now()
            return renewal_info_after(None, None, None, now, 0.0).until_tomorrow(now)
    return None


def first_question(work: Work, certificate: Certificate) -> tuple[Task, ...]:
    """Return a task that asks about a new certificate, if there is something to ask (RFC 9773 section 4.3).

    Where the CA of the account did not answer several times in a row, it is left to the next run.
    """
    if certificate.renewal_info is not None:
        return ()
    return (_Question(partial(_ask_first, work, certificate)),)


def _ask_first(work: Work, certificate: Certificate) -> tuple[Event, ...]:
    if work.health.renewal_failures >= MOST_FAILURES:
        return ()
    try:
        info = ask(work.place, work.ca, certificate)
        work.health.renewal_failures = 0
    except ReconcilerError as error:
        work.health.renewal_failures += 1
        info = info_without_answer(certificate, error, work.place.clock.now())
    try:
        work.place.store.save_certificate(replace(certificate, renewal_info=info))
    except StateError as error:
        return (ActionFailed(certificate.name, problem_of(error), certificate.order_id),)
    return ()


class RenewalTimes:
    """Asks about many certificates, side by side."""

    def __init__(
        self,
        place: Workplace,
        accounts: Mapping[str, AccountSpec],
        keep: Callable[[Certificate], None],
    ) -> None:
        """Ask nothing yet.

        Args:
            place: store, clock and CA.
            accounts: as the tree has them.
            keep: takes each certificate whose renewal information is another one now; called by any thread.
        """
        self._place = place
        self._accounts = accounts
        self._keep = keep
        self._cas: dict[str, CertificateAuthority | None] = {}
        self._failures: dict[str, int] = {}

    def refresh(
        self, certificates: Iterable[Certificate], options: ApplyOptions, stop: threading.Event
    ) -> None:
        """Ask about each; what cannot be asked about stays as it is, and is no failure of anything else."""
        asked = list(certificates)
        for name in sorted({each.account_name for each in asked}):
            self._cas[name] = self._connected(name)
        tasks = [
            _Question(partial(self.ask_about, each))
            for each in asked
            if self._cas[each.account_name] is not None
        ]
        if tasks:
            Scheduler(options, self._place.clock, _no_report, stop).run(tasks)

    def ask_about(self, certificate: Certificate) -> tuple[Event, ...]:
        """Ask about one certificate, unless its account's CA has not answered several times by now."""
        name = certificate.account_name
        ca = self._cas[name]
        if ca is None or self._failures.get(name, 0) >= MOST_FAILURES:
            return ()
        try:
            info = ask(self._place, ca, certificate)
            self._failures[name] = 0
        except ReconcilerError as error:
            self._failures[name] = self._failures.get(name, 0) + isinstance(error, CAUnavailableError)
            info = info_without_answer(certificate, error, self._place.clock.now())
        self._keep(replace(certificate, renewal_info=info))
        return ()

    def _connected(self, name: str) -> CertificateAuthority | None:
        try:
            account = self._place.store.account(name)
            if account is None:
                return None
            return connected(self._place, account, spec_of(account, self._accounts))
        except ReconcilerError:
            return None


class _Question(Task):
    """What there is to ask about one certificate, as a task."""

    rank = Rank.ASK

    def __init__(self, ask: Callable[[], tuple[Event, ...]]) -> None:
        self._ask = ask

    def run(self) -> Verdict:
        """Ask."""
        return Verdict(self._ask())

    def postponed(self, until: datetime) -> tuple[Event, ...]:  # noqa: ARG002 - the port's signature
        """Return nothing: the next run asks."""
        return ()


def _no_report(_events: Sequence[Event]) -> None:
    """No events come of questions."""
