"""Windows: of what is begun, only so much is not ended yet."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reconciler.engine.task import Task


class Share(Struct, frozen=True):
    """What a task takes of a window, from before its first turn until it has ended.

    Attributes:
        window: the same name for all that share it.
        width: how much there is of it.
        size: how much the task takes; one that is wider than the window has it alone.
    """

    window: str
    width: int
    size: int


class Windows:
    """Who is in which window, and who waits before it; whoever comes first goes in first."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._taken: Counter[str] = Counter()
        self._inside: dict[Task, Share] = {}
        self._before: dict[str, deque[tuple[Task, Share]]] = {}

    def enter(self, task: Task) -> bool:
        """Say whether a task may begin; if not, `leave` returns it when it may."""
        share = task.share
        if share is None:
            return True
        before = self._before.setdefault(share.window, deque())
        if before or not self._fits(share):
            before.append((task, share))
            return False
        self._take(task, share)
        return True

    def leave(self, task: Task) -> list[Task]:
        """Take note that a task has ended; return those that may begin now."""
        share = self._inside.pop(task, None)
        if share is None:
            return []
        self._taken[share.window] -= share.size
        before = self._before[share.window]
        entering: list[Task] = []
        while before and self._fits(before[0][1]):
            next_task, next_share = before.popleft()
            self._take(next_task, next_share)
            entering.append(next_task)
        return entering

    @property
    def anybody_waits(self) -> bool:
        """Whether a task has not even begun."""
        return any(self._before.values())

    def _fits(self, share: Share) -> bool:
        taken = self._taken[share.window]
        return not taken or taken + share.size <= share.width

    def _take(self, task: Task, share: Share) -> None:
        self._taken[share.window] += share.size
        self._inside[task] = share
