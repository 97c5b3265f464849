"""The tasks that are not running: by when their time comes, and by rank once it has."""

from __future__ import annotations

import heapq
import itertools
from typing import TYPE_CHECKING

from reconciler.engine.rank import Rank

if TYPE_CHECKING:
    from reconciler.engine.task import Task

_HEAD_START = 5.0  # seconds: who has waited longer than that is not overtaken by the rank below
_Heap = list[tuple[float, int, "Task"]]


class Agenda:
    """Says which task is next. Times are those of one clock that only grows."""

    def __init__(self) -> None:
        """Begin with no task."""
        self._later: _Heap = []
        self._due: _Heap = []
        self._beside: _Heap = []
        self._count = itertools.count()

    def __bool__(self) -> bool:
        """Whether there is a task."""
        return bool(self._due or self._beside or self._later)

    def add(self, task: Task, now: float, delay: float = 0.0) -> None:
        """Take a task whose time comes after so many seconds."""
        if delay > 0:
            heapq.heappush(self._later, (now + delay, next(self._count), task))
        else:
            self._call(task, now)

    def pop(self, now: float, *, beside: bool) -> Task | None:
        """Return the task that is next; None where no time has come yet.

        Args:
            now: the time.
            beside: whether one of those is wanted that nothing waits for, and that count apart: `Rank.ASK`.
        """
        while self._later and self._later[0][0] <= now:
            since, _, task = heapq.heappop(self._later)
            self._call(task, since)
        heap = self._beside if beside else self._due
        return heapq.heappop(heap)[2] if heap else None

    @property
    def next_time(self) -> float | None:
        """When the next time comes; None where none is to come."""
        return self._later[0][0] if self._later else None

    def _call(self, task: Task, since: float) -> None:
        heap = self._beside if task.rank is Rank.ASK else self._due
        heapq.heappush(heap, (since + task.rank * _HEAD_START, next(self._count), task))
