"""Writing down what a run does, as it is done."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.engine.log_facts import order_facts, said_of, short, start_facts
from reconciler.model import events
from reconciler.model.log import LogEntry, LogEvent
from reconciler.model.order import Stage, new_order_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from reconciler.model.log import RunStart
    from reconciler.model.origin import Origin
    from reconciler.plan.actions import Plan
    from reconciler.store import Store

_MOST_UNWRITTEN = 10_000


class Recorder:
    """Writes what a run does into the log of the state, whose lock is held, and keeps it as values.

    A run that does nothing writes nothing. A log that cannot be written holds nothing up: what is not written
    is tried again with the next entry, and `warn` is told.

    Attributes:
        run: the id of the run.
        entries: what was done so far, after the beginning of the run.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        find_start: Callable[[], RunStart],
        warn: Callable[[str], None],
    ) -> None:
        """Begin a run.

        Args:
            store: where the log is.
            now: the clock.
            find_start: returns what there is to say of the run; asked when that is needed.
            warn: takes a sentence for people.
        """
        self._store = store
        self._now = now
        self._find_start = find_start
        self._warn = warn
        self._started = now()
        self._orders: Mapping[str, Mapping[str, object]] = {}
        self._first: dict[str, Stage] = {}
        self._unwritten: list[LogEntry] = []
        self._is_begun = False
        self._told = False
        self._ended = False
        self.run = new_order_id(self._started)
        self.entries: list[LogEntry] = []

    @cached_property
    def start(self) -> RunStart:
        """What there is to say of the run; asked of Git and the environment when it is first wanted."""
        return self._find_start()

    def know(self, plan: Plan, origins: Mapping[str, Origin]) -> None:
        """Take what is going to be done, and what the new orders are made from."""
        self._orders = order_facts(plan, origins)

    def take(self, told: Sequence[events.Event]) -> None:
        """Write down the events of the engine that tell of something that was done, in one go."""
        self._write([LogEntry(self._now(), self.run, name, short(facts)) for name, facts in self._said(told)])

    def note(self, event: LogEvent, **facts: object) -> None:
        """Write down that something was done; facts that are None or False are left out."""
        self._write([LogEntry(self._now(), self.run, event, short(facts))])

    def _write(self, entries: Sequence[LogEntry]) -> None:
        if not entries:
            return
        self.entries += entries
        self._unwritten += entries
        try:
            if not self._is_begun:
                begun = short(start_facts(self.start))
                self._unwritten.insert(0, LogEntry(self._started, self.run, LogEvent.RUN_STARTED, begun))
                self._is_begun = True
            self._store.add_to_log(self._unwritten)
            self._unwritten = []
        except Exception as error:  # noqa: BLE001 - what is done is done, whatever becomes of the word of it
            del self._unwritten[:-_MOST_UNWRITTEN]
            if not self._told:
                self._warn(f"what is done cannot be written down: {error}; it is done all the same")
            self._told = True

    def end(self, exit_code: int) -> None:
        """Write down that the run has ended, and how much it did of what, if it did anything; only once."""
        if self._ended:
            return
        if self.entries:
            done = Counter(str(entry.event) for entry in self.entries)
            self.note(LogEvent.RUN_ENDED, exit_code=exit_code, done=done)
        self._ended = True
        if self._unwritten:
            self._warn(
                f"{len(self._unwritten)} entries of what was done are missing in {self._store.event_log}"
            )

    def _said(self, told: Iterable[events.Event]) -> Iterator[tuple[LogEvent, Mapping[str, object]]]:
        for event in told:
            if isinstance(event, events.OrderAdvanced):
                yield from self._advanced(event)
            elif isinstance(event, events.OrderAwaitsPeople) and self._awaited_before(event.order_id):
                continue
            elif said := said_of(event):
                yield said

    def _advanced(self, event: events.OrderAdvanced) -> Iterator[tuple[LogEvent, Mapping[str, object]]]:
        first = self._first.setdefault(event.order_id, event.stage)
        # What an order of an earlier run begins with is no news, but for one that was not submitted by then.
        if first is Stage.NEW and event.stage is Stage.SUBMITTED:
            about = self._orders.get(event.certificate, {})
            order = {"certificate": event.certificate, "order_id": event.order_id}
            yield LogEvent.ORDER_SUBMITTED, {**order, **about}

    def _awaited_before(self, order_id: str) -> bool:
        return self._first.get(order_id) is Stage.AWAITING_CHALLENGE_FULFILLMENT
