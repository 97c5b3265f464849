"""One order as a task: perform the step, advance, save, and repeat, or say what the order waits for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler import errors, pki
from reconciler.engine.backoff import (
    MOST_FAILURES_IN_A_ROW,
    before_next_look,
    before_next_order,
    before_next_try,
)
from reconciler.engine.cleanup import abandon, clean_up
from reconciler.engine.finish import finish
from reconciler.engine.problems import problem_of
from reconciler.engine.scheduler import Verdict
from reconciler.engine.steps import STEPS
from reconciler.model import events
from reconciler.model.order import Stage
from reconciler.model.problem import OWN_ERROR, Problem
from reconciler.orders.instructions import instructions_for
from reconciler.orders.machine import Outcome, Step, advance, step_of

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    from reconciler.engine.work import Work
    from reconciler.model.order import Order

_MOST_AT_ONCE = 5
_CA_REFUSES = (errors.ProblemError, errors.ProtocolError, errors.InvalidCertificateError)


class OrderTask:
    """Drives one order. Its turns never overlap, so that it needs no lock of its own."""

    def __init__(
        self, work: Work, order: Order, stop: threading.Event, instead_of: Order | None = None
    ) -> None:
        """Take on `order`: one that is on disk as it is, or a new one, `instead_of` which it is made."""
        self._work = work
        self._order = order
        self._stop = stop
        self._instead_of = instead_of
        self._begun = False
        self._events: list[events.Event] = []
        self._looks = 0
        self._failures = 0
        self._last_problem: Problem | None = None

    @property
    def gate(self) -> str | None:
        """Let only a few of an account's newOrders be under way at once: good manners to any CA."""
        return self._order.account_name if step_of(self._order.stage) is Step.SUBMIT_ORDER else None

    def run(self) -> Verdict:
        """Take steps until the order has ended or has to wait; submitting it is a turn of its own."""
        self._events = []
        try:
            again_at = self._steps()
        except errors.CAUnavailableError as error:
            again_at = self._unavailable(error)
        except Exception as error:  # noqa: BLE001 - one order's bug must not hold up the others
            again_at = None
            self._fail(problem_of(error))
        return Verdict(tuple(self._events), again_at)

    def postpone(self, until: datetime) -> events.Event:
        """Return that the order waits for the CA."""
        return events.OrderPostponed(
            self._order.certificate_name, self._order.order_id, until, self._last_problem
        )

    def _steps(self) -> datetime | None:
        now = self._work.place.clock.now()
        if not self._begun:
            self._begin()
        if self._order.is_open and self._order.next_work_date and self._order.next_work_date > now:
            return self._order.next_work_date
        while (step := step_of(self._order.stage)) is not None:
            outcome = self._perform(step)
            if outcome is not Outcome.AGAIN:
                self._failures = 0
            if outcome is Outcome.WAITING or (outcome is Outcome.AGAIN and self._goes_round()):
                return self._wait(step)
            if step is Step.SUBMIT_ORDER or (self._stop.is_set() and self._order.is_open):
                return self._work.place.clock.now()
        self._end()
        return None

    def _begin(self) -> None:
        """Put the record of a new order on disk, in the place of the one before."""
        if self._instead_of is not None:
            abandon(self._work.place, self._instead_of, self._work.thumbprint)
        if self._order.stage is Stage.NEW:
            self._work.place.store.save_order(self._order)
        self._tell_stage()
        self._begun = True

    def _goes_round(self) -> bool:
        """Say whether the CA sends us from request to request without end; then it is better to wait."""
        self._looks += 1
        return self._looks > _MOST_AT_ONCE

    def _perform(self, step: Step) -> Outcome:
        before = replace(self._order, last_error=None, next_work_date=None)
        if self._has_expired(step):
            clean_up(self._work.place, before, self._work.thumbprint)
            order, outcome = before, Outcome.EXPIRED
        else:
            try:
                order, outcome = STEPS[step](self._work, before)
            except _CA_REFUSES as error:
                order, outcome = replace(before, last_error=problem_of(error)), Outcome.FAILED
        self._save(replace(order, stage=advance(before.stage, outcome)))
        if self._order.stage is not before.stage:
            self._looks = 0
            self._tell_stage()
        return outcome

    def _has_expired(self, step: Step) -> bool:
        # A certificate that is issued can be fetched, however old its order is.
        expires = self._order.expires
        over = expires is not None and expires <= self._work.place.clock.now()
        return over and step is not Step.FETCH_CERTIFICATE

    def _save(self, order: Order) -> None:
        """Write the order where more has changed than what a next look would tell anyway."""
        now = self._work.place.clock.now()
        if order.stage is Stage.ERROR:
            order = replace(order, next_work_date=now + before_next_order(order.attempt))
        if order != self._order:
            order = replace(order, last_update=now)
            self._work.place.store.save_order(order)
        self._order = order

    def _tell_stage(self) -> None:
        self._events.append(
            events.OrderAdvanced(self._order.certificate_name, self._order.order_id, self._order.stage)
        )

    def _wait(self, step: Step) -> datetime | None:
        """Return when to look again; None where a person has to do something first."""
        now = self._work.place.clock.now()
        if step is Step.AWAIT_FULFILLMENT:
            self._instruct()
            return None
        if self._order.next_work_date is not None:
            return max(self._order.next_work_date, now + before_next_look(0))
        self._looks += 1
        return now + before_next_look(self._looks - 1)

    def _instruct(self) -> None:
        order, store = self._order, self._work.place.store
        instructions = tuple(each for each in instructions_for(order, self._work.thumbprint) if each.by_hand)
        if instructions != store.instructions(order.order_id):
            store.save_instructions(order.order_id, instructions, pki.tls_alpn_certificate)
        waiting = tuple(each for each in instructions if not each.fulfilled)
        self._events.append(events.OrderAwaitsPeople(order.certificate_name, order.order_id, waiting))

    def _end(self) -> None:
        match self._order.stage:
            case Stage.COMPLETED:
                self._events.append(finish(self._work, self._order))
            case Stage.EXPIRED:
                self._fail(
                    Problem(
                        f"{OWN_ERROR}orderExpired", "the order expired before its challenges were fulfilled"
                    )
                )
            case _:
                self._fail(self._order.last_error or Problem(f"{OWN_ERROR}orderInvalid"))

    def _unavailable(self, error: errors.CAUnavailableError) -> datetime | None:
        """Try again later, not before the CA allows it; the order stays where it is."""
        self._failures += 1
        now = self._work.place.clock.now()
        again_at = max(now + before_next_try(self._failures), error.retry_after or now)
        self._last_problem = problem_of(error)
        # An answer that was lost may have been an answer to something that was done: the next look has to
        # show.
        order = replace(
            self._order, status=None, last_error=self._last_problem, next_work_date=error.retry_after
        )
        try:
            self._save(order)
        except errors.StateError as state_error:
            self._fail(problem_of(state_error))
            return None
        if self._failures >= MOST_FAILURES_IN_A_ROW and error.retry_after is None:
            self._fail(self._last_problem)
            return None
        self._events.append(self.postpone(again_at))
        return again_at

    def _fail(self, problem: Problem) -> None:
        """Tell of a failure. Where the order is not at its end the next run goes on from what is on disk."""
        order = self._order
        retry_at = order.next_work_date if order.stage is Stage.ERROR else None
        self._events.append(events.ActionFailed(order.certificate_name, problem, order.order_id, retry_at))
