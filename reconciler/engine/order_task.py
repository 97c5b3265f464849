"""One order as a task: perform the step, advance, save, and repeat, or say what the order waits for."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler import errors, pki
from reconciler.engine.cleanup import abandon, clean_up
from reconciler.engine.finish import finish
from reconciler.engine.fulfil import lives_here, present_anew
from reconciler.engine.journal import Journal
from reconciler.engine.pace import Pace, is_rate_limit
from reconciler.engine.prepare import prepare
from reconciler.engine.problems import CA_UNAVAILABLE, NOT_SEEN, problem_of
from reconciler.engine.rank import Rank
from reconciler.engine.renewal_times import first_question
from reconciler.engine.steps import STEPS
from reconciler.engine.task import Task, Verdict
from reconciler.engine.window import Share
from reconciler.model import events
from reconciler.model.order import CLOSED_STAGES, Stage
from reconciler.model.problem import OWN_ERROR, Problem
from reconciler.orders.instructions import instructions_for
from reconciler.orders.machine import Outcome, Step, advance, step_of

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    from reconciler.engine.task import Gate
    from reconciler.engine.work import Work
    from reconciler.model.order import Order

# From here on the CA does not look at challenges any more.
_CHALLENGES_OVER = CLOSED_STAGES | {Stage.FETCHING_CERTIFICATE}


_PRESENTED = frozenset({Stage.PROPAGATING_CHALLENGES, Stage.PROCESSING_CHALLENGE})

# One large CA takes 300 pending authorizations of an account. And it is enough to have always something to do
# while a CA lets each order wait for 10 seconds.
_MOST_IDENTIFIERS_UNDER_WAY = 300


class OrderTask(Task):
    """Drives one order. Its turns never overlap, so that it needs no lock of its own."""

    def __init__(
        self, work: Work, order: Order, stop: threading.Event, then: tuple[OrderTask, ...] = ()
    ) -> None:
        """Take on an order.

        Args:
            work: what its steps need.
            order: one that is on disk as it is, or a new one.
            stop: when set, no further step is begun.
            then: tasks of orders for the same identifiers. A CA may answer newOrder with an order that it has
                open for these already, so they begin when this one has ended.
        """
        self._work = work
        self._journal = Journal(work.place.store, work.place.clock, order)
        self._stop = stop
        self._then = then
        self._begun = False
        self._pace = Pace()
        self._problem: Problem | None = None
        self._not_presented: errors.ChallengeError | None = None
        self._told_unseen = ""
        self._events: list[events.Event] = []
        self._afterwards: tuple[Task, ...] = ()

    @property
    def _order(self) -> Order:
        return self._journal.order

    @property
    def gate(self) -> Gate | None:
        """Let only a few of an account's newOrders be under way at once."""
        submits = self._begun and step_of(self._order.stage) is Step.SUBMIT_ORDER
        return self._work.new_orders if submits else None

    @property
    def rank(self) -> Rank:
        """What an order is about to do, as far as that matters for the others."""
        if self._order.stage is Stage.FETCHING_CERTIFICATE:
            return Rank.FETCH
        if self._order.stage is not Stage.NEW:
            return Rank.FULFIL
        return Rank.SUBMIT if self._begun else Rank.BEGIN

    @property
    def share(self) -> Share:
        """An account has only so many challenges presented, and orders open, at once."""
        size = len(self._order.identifiers)
        return Share(self._order.account_name, _MOST_IDENTIFIERS_UNDER_WAY, size)

    def run(self) -> Verdict:
        """Take steps until the order has ended or has to wait; submitting it is a turn of its own."""
        self._events = []
        closes_gate = False
        try:
            again_at = self._turn()
            if again_at is not None:
                self._journal.stays(None if self._stop.is_set() else again_at)
        except errors.CAUnavailableError as error:
            again_at = self._unavailable(error)
            closes_gate = is_rate_limit(error) or error.retry_after is not None
        except Exception as error:  # noqa: BLE001 - one order's bug must not hold up the others
            again_at = None
            self._fail(problem_of(error))
        if again_at is not None:
            must_stay = self._order.stage in _PRESENTED and lives_here(self._work, self._order)
            return Verdict(tuple(self._events), again_at, closes_gate=closes_gate, must_stay=must_stay)
        if not self._order.is_open:
            return Verdict(tuple(self._events), followers=(*self._afterwards, *self._then))
        return Verdict((*self._events, *self._behind(self._work.place.clock.now())))

    def postponed(self, until: datetime) -> tuple[events.Event, ...]:
        """Return that the order waits for the CA, or could not reach it, and what waits for the order."""
        order, problem = self._order, self._problem
        try:
            self._journal.stays()
        except errors.StateError as error:
            told = events.ActionFailed(order.certificate_name, problem_of(error), order.order_id, until)
            return (told, *self._behind(until))
        if problem is not None and problem.code == CA_UNAVAILABLE:
            failed = events.ActionFailed(order.certificate_name, problem, order.order_id, until)
            return (failed, *self._behind(until))
        return (self._waiting(until), *self._behind(until))

    def _waiting(self, until: datetime) -> events.Event:
        order = self._order
        on_disk = self._begun or order.stage is not Stage.NEW or order.last_error is not None
        order_id = order.order_id if on_disk else None
        if self._problem is None and self._work.unseen:
            unseen = Problem(NOT_SEEN, "; ".join(self._work.unseen))
            return events.OrderPostponed(order.certificate_name, order_id, until, unseen)
        return events.OrderPostponed(order.certificate_name, order_id, until, self._problem)

    def _behind(self, until: datetime) -> tuple[events.Event, ...]:
        name = self._order.certificate_name
        problem = Problem(f"{OWN_ERROR}sameIdentifiers", f"the order of {name} is for the same identifiers")
        for task in self._then:
            task._problem = problem
        return tuple(event for task in self._then for event in task.postponed(until))

    def _turn(self) -> datetime | None:
        now = self._work.place.clock.now()
        if not self._begun:
            self._begin()
            if self._order.stage is Stage.NEW:
                return self._order.waits_until(now) or now
        if self._order.is_open and (until := self._order.waits_until(now)):
            return until
        while (step := step_of(self._order.stage)) is not None:
            outcome = self._perform(step)
            if outcome is Outcome.WAITING or (outcome is Outcome.AGAIN and self._pace.goes_round()):
                return self._wait(step)
            if step is Step.SUBMIT_ORDER or (self._stop.is_set() and self._order.is_open):
                return self._work.place.clock.now()
        self._end()
        return None

    def _begin(self) -> None:
        """Have a new order on disk, with key and CSR, and then the one before out of the way."""
        place = self._work.place
        if self._order.stage is Stage.NEW:
            self._journal.begin()
            prepare(place.store, self._order, self._work.spec)
        previous = self._order.previous_order_id
        if previous is not None and (before := place.store.open_order(previous)):
            abandon(place, before, self._work.responder)
        if self._order.stage is Stage.PROCESSING_CHALLENGE:
            # The CA may still be about to look at what went with the process that had presented it. If that
            # cannot be presented again, it is an error only if the CA has not seen it yet.
            try:
                present_anew(self._work, self._order)
            except errors.ChallengeError as error:
                self._not_presented = error
        self._tell_stage()
        self._begun = True

    def _perform(self, step: Step) -> Outcome:
        before = replace(self._order, last_error=None, next_work_date=None)
        if self._has_expired(step):
            order, outcome = before, Outcome.EXPIRED
        else:
            order, outcome = self._attempt(step, before)
        self._problem = None
        if outcome is not Outcome.AGAIN:
            self._pace.served()
        self._move(before, order, advance(before.stage, outcome))
        return outcome

    def _attempt(self, step: Step, order: Order) -> tuple[Order, Outcome]:
        """Do a step. What the CA refuses ends the order, unless it is the account that it refuses.

        An answer that makes no sense ends only an order that the CA has not opened yet: what is under way is
        not given up, as the answer may make sense tomorrow.
        """
        try:
            self._work.health.check()
            return STEPS[step](self._work, order)
        except errors.ProblemError as error:
            self._work.health.suspect(error.problem)
            failure = error.problem
        except errors.InvalidCertificateError as error:
            failure = problem_of(error)
        except errors.ProtocolError as error:
            if order.order_url is not None:
                raise
            failure = problem_of(error)
        return replace(order, last_error=failure), Outcome.FAILED

    def _move(self, before: Order, order: Order, stage: Stage) -> None:
        if stage in _CHALLENGES_OVER and before.stage not in _CHALLENGES_OVER:
            failure = clean_up(self._work.place, before, self._work.responder)
            if failure is not None:
                self._events.append(events.CleanUpFailed(order.certificate_name, order.order_id, failure))
        self._journal.keep(replace(order, stage=stage))
        if stage is not before.stage:
            self._pace.advanced()
            self._tell_stage()

    def _has_expired(self, step: Step) -> bool:
        # A certificate that is issued can be fetched, however old its order is.
        return step is not Step.FETCH_CERTIFICATE and self._order.is_over(self._work.place.clock.now())

    def _tell_stage(self) -> None:
        order = self._order
        self._events.append(events.OrderAdvanced(order.certificate_name, order.order_id, order.stage))

    def _tell_unseen(self) -> None:
        order, missing = self._order, "; ".join(self._work.unseen)
        # What has yet to be sent is no news: it is about to be.
        if missing != self._told_unseen and not lives_here(self._work, order):
            self._told_unseen = missing
            self._events.append(events.ChallengeUnseen(order.certificate_name, order.order_id, missing))

    def _wait(self, step: Step) -> datetime | None:
        """Return when to look again; None where a person has to do something first."""
        if step is Step.AWAIT_FULFILLMENT:
            self._instruct()
            return None
        if step is Step.CHECK_CHALLENGES:
            self._tell_unseen()
        if step is Step.READ_ORDER and self._not_presented is not None:
            raise self._not_presented
        return self._pace.next_look(self._work.place.clock.now(), self._order.next_work_date)

    def _instruct(self) -> None:
        order = self._order
        instructions = tuple(each for each in instructions_for(order, self._work.responder) if each.by_hand)
        self._work.place.store.save_instructions(order.order_id, instructions, pki.tls_alpn_certificate)
        waiting = tuple(each for each in instructions if not each.fulfilled)
        self._events.append(events.OrderAwaitsPeople(order.certificate_name, order.order_id, waiting))

    def _end(self) -> None:
        match self._order.stage:
            case Stage.COMPLETED:
                certificate, told = finish(self._work, self._order)
                self._events += told
                self._afterwards = first_question(self._work, certificate)
            case Stage.EXPIRED:
                detail = "the order expired before its challenges were fulfilled"
                self._fail(Problem(f"{OWN_ERROR}orderExpired", detail))
            case _:
                self._fail(self._order.last_error or Problem(f"{OWN_ERROR}orderInvalid"))

    def _unavailable(self, error: errors.CAUnavailableError) -> datetime | None:
        """Try again later, not before the CA allows it; the order stays where it is."""
        now = self._work.place.clock.now()
        again_at = self._pace.next_try(now, error)
        self._problem = problem_of(error)
        told = again_at if is_rate_limit(error) else error.retry_after
        # A lost answer may have been an answer to something that was done: the next look has to show.
        order = replace(self._order, status=None, last_error=self._problem, next_work_date=told)
        try:
            self._journal.keep(order)
        except errors.StateError as state_error:
            self._fail(problem_of(state_error))
            return None
        if again_at is None:
            self._fail(self._problem)
        else:
            self._events.append(self._waiting(again_at))
        return again_at

    def _fail(self, problem: Problem) -> None:
        """Tell of a failure. Where the order is not at its end the next run goes on from what is on disk."""
        order = self._order
        if order.is_open and self._begun:
            # It is told anyhow; that it cannot be written down as well may be the failure itself.
            with suppress(errors.StateError):
                self._journal.keep(replace(order, status=None, last_error=problem))
        retry_at = order.next_work_date if order.stage is Stage.ERROR else None
        self._events.append(events.ActionFailed(order.certificate_name, problem, order.order_id, retry_at))
