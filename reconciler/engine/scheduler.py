"""Runs tasks side by side, each when its time has come; one that waits occupies no thread.

Of those whose time has come, the one with the lowest rank goes first; but nobody is overtaken for ever.
"""

from __future__ import annotations

import queue
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.ca.deadline import starting_within
from reconciler.engine.agenda import Agenda
from reconciler.engine.window import Windows

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from reconciler.engine.clock import Clock
    from reconciler.engine.options import ApplyOptions
    from reconciler.engine.task import Gate, Task, Verdict
    from reconciler.model.events import Event

    _Ended = tuple[Task, Gate | None, bool, Verdict | BaseException]

_SLICE = 0.25  # seconds between two looks at whether the run is to stop
_BESIDE = 4
"""How many tasks that nothing waits for run besides what `--parallelism` allows, where that is more."""


class Scheduler:
    """A pool of threads, the tasks, and what they have to wait for."""

    def __init__(
        self,
        options: ApplyOptions,
        clock: Clock,
        report: Callable[[Sequence[Event]], None],
        stop: threading.Event,
    ) -> None:
        """Prepare a run; its time begins now.

        Args:
            options: parallelism and how long to wait.
            clock: the time.
            report: takes the events, always on the thread of `run`; those of several turns that ended at once
                together.
            stop: when set, no further turn is taken.
        """
        self._options = options
        self._clock = clock
        self._report = report
        self._stop = stop
        self._agenda = Agenda()
        self._ended: queue.SimpleQueue[_Ended] = queue.SimpleQueue()
        self._running = 0
        self._beside = 0
        self._most_beside = min(_BESIDE, options.parallelism - 1)
        # One at a time is meant as it is said.
        self._threads = 2 * options.parallelism + self._most_beside if options.parallelism > 1 else 1
        self._in_gate: Counter[Gate] = Counter()
        self._before_gate: dict[Gate, deque[Task]] = {}
        self._gate_opens: dict[Gate, float] = {}
        self._windows = Windows()
        self._events: list[Event] = []
        self._deadline = clock.monotonic() + options.timeout.total_seconds()
        self._begun = clock.now()

    def run(self, tasks: Iterable[Task]) -> bool:
        """Run tasks and followers until each has ended or is postponed, or the run is stopped.

        Returns whether no task was left undone because the run was stopped.
        """
        for task in tasks:
            self._enter(task)
        with ThreadPoolExecutor(self._threads, thread_name_prefix="reconciler") as pool:
            while not self._stop.is_set() and (self._agenda or self._running):
                if not self._running:
                    # One order by itself: what is told of a turn comes before the next one, as in a book.
                    self._tell()
                self._start_due(pool)
                # Otherwise the threads have something to do while this one writes.
                self._tell()
                self._wait()
            while self._running:
                self._take(self._ended.get())
        self._tell()
        left = self._agenda or any(self._before_gate.values()) or self._windows.anybody_waits
        return not left

    def _enter(self, task: Task) -> None:
        """Take on a task."""
        if self._windows.enter(task):
            self._add(task)

    def _add(self, task: Task, delay: float = 0.0) -> None:
        self._agenda.add(task, self._clock.monotonic(), delay)

    def _tell(self) -> None:
        if self._events:
            events, self._events = self._events, []
            self._report(events)

    def _start_due(self, pool: ThreadPoolExecutor) -> None:
        """Let the tasks begin their turns that are due and have a thread.

        Those that nothing waits for have the threads that are left, and a few besides: they need no nonce,
        which is what the others wait for.
        """
        while not self._is_full and self._start(pool, beside=False):
            pass
        most = self._options.parallelism + self._most_beside
        while self._running < most and self._start(pool, beside=True):
            pass

    @property
    def _is_full(self) -> bool:
        """Whether no task that something waits for may begin its turn."""
        others = self._running - self._beside
        return others >= self._options.parallelism or self._running >= self._threads

    def _start(self, pool: ThreadPoolExecutor, *, beside: bool) -> bool:
        """Begin the turn that is next, or put the task where it has to wait; say whether there was one."""
        now = self._clock.monotonic()
        task = self._agenda.pop(now, beside=beside)
        if task is None:
            return False
        gate = task.gate
        if now >= self._deadline or self._has_slept():
            self._postpone(task, self._clock.now())
            if gate is not None:
                self._release(gate, 1)
        elif gate is None or self._passes(gate, task, now):
            self._running += 1
            self._beside += beside
            pool.submit(self._turn, task, gate, beside)
        return True

    def _has_slept(self) -> bool:
        """Say whether the time is over by the wall's clock alone: the machine was suspended.

        What the run has claimed may be another's by now.
        """
        return self._clock.now() - self._begun >= self._options.timeout

    def _passes(self, gate: Gate, task: Task, now: float) -> bool:
        """Let a task through its gate, or put it where it has to wait."""
        # Less than a microsecond is none: the task would try again at once, without end where a clock stands.
        closed_for = timedelta(seconds=self._gate_opens.get(gate, now) - now)
        if closed_for > timedelta():
            self._schedule(task, self._clock.now() + closed_for)
            return False
        if self._in_gate[gate] >= gate.width:
            self._before_gate.setdefault(gate, deque()).append(task)
            return False
        self._in_gate[gate] += 1
        return True

    def _turn(self, task: Task, gate: Gate | None, beside: bool) -> None:
        try:
            with starting_within(self._deadline - self._clock.monotonic()):
                verdict = task.run()
            self._ended.put((task, gate, beside, verdict))
        except BaseException as error:  # noqa: BLE001 - raised again where the run is waited for
            self._ended.put((task, gate, beside, error))

    def _wait(self) -> None:
        """Wait until tasks end their turns or another one's time comes, whichever is first."""
        time = self._agenda.next_time
        delay = _SLICE if time is None else max(time - self._clock.monotonic(), 0.0)
        if not self._running:
            if time is not None:
                self._clock.sleep(min(delay, _SLICE))
            return
        try:
            self._take(self._ended.get(timeout=_SLICE if self._is_full else min(delay, _SLICE)))
            while True:
                self._take(self._ended.get_nowait())
        except queue.Empty:
            return

    def _take(self, ended: _Ended) -> None:
        task, gate, beside, verdict = ended
        self._running -= 1
        self._beside -= beside
        if isinstance(verdict, BaseException):
            raise verdict
        self._events += verdict.events
        if gate is not None:
            self._come_out(gate, verdict)
        for follower in verdict.followers:
            self._enter(follower)
        if verdict.again_at is not None:
            self._schedule(task, verdict.again_at, must_stay=verdict.must_stay)
        else:
            self._leave(task)

    def _leave(self, task: Task) -> None:
        """Take note that a task has ended, or that its next turn is another run's."""
        for each in self._windows.leave(task):
            self._add(each)

    def _come_out(self, gate: Gate, verdict: Verdict) -> None:
        self._in_gate[gate] -= 1
        if verdict.closes_gate and verdict.again_at is not None:
            wait = (verdict.again_at - self._clock.now()).total_seconds()
            self._gate_opens[gate] = self._clock.monotonic() + wait
            self._release(gate, len(self._before_gate.get(gate, ())))
        self._release(gate, 1)

    def _release(self, gate: Gate, number: int) -> None:
        """Let tasks that wait before a gate try again."""
        waiting = self._before_gate.get(gate, deque())
        for _ in range(min(number, len(waiting))):
            self._add(waiting.popleft())

    def _schedule(self, task: Task, again_at: datetime, *, must_stay: bool = False) -> None:
        delay = (again_at - self._clock.now()).total_seconds()
        if delay <= 0:
            self._add(task)
        elif (self._options.wait or must_stay) and self._clock.monotonic() + delay < self._deadline:
            self._add(task, delay)
        else:
            self._postpone(task, again_at)

    def _postpone(self, task: Task, until: datetime) -> None:
        self._events += task.postponed(until)
        self._leave(task)
