"""Work that is done side by side within a time limit, whatever becomes of it."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_T = TypeVar("_T")
_SLICE = 0.25  # seconds between two looks at the time


def side_by_side(
    work: Sequence[Callable[[], _T]],
    threads: int,
    seconds: float,
    monotonic: Callable[[], float],
    report: Callable[[int], object] = lambda _done: None,
) -> list[_T | None]:
    """Return what each piece of work returns, in their order; None for those that the time was too short for.

    What is under way when the time is over is left alone: its threads do not keep the process from ending.

    Args:
        work: pieces that change nothing, so that it does no harm if they are cut off. They must not raise.
        threads: how many are under way at once.
        seconds: how long it may take, all in all.
        monotonic: seconds that only grow.
        report: gets how many are done, now and then, from the thread that called this.
    """
    shared = _Shared(work)
    deadline = monotonic() + seconds
    left = len(work)
    if work:
        report(0)
    for _ in range(min(threads, len(work))):
        threading.Thread(target=shared.work_off, name="reconciler-preflight", daemon=True).start()
    while left and monotonic() < deadline:
        with shared.ended:
            if shared.left == left:
                shared.ended.wait(min(_SLICE, max(deadline - monotonic(), 0.0)))
            left = shared.left
        report(len(work) - left)
    with shared.ended:
        shared.waiting.clear()
        return list(shared.results)


class _Shared(Generic[_T]):
    def __init__(self, work: Sequence[Callable[[], _T]]) -> None:
        self.waiting = deque(enumerate(work))
        self.left = len(work)
        self.results: list[_T | None] = [None] * len(work)
        self.ended = threading.Condition()

    def work_off(self) -> None:
        while True:
            try:
                index, piece = self.waiting.popleft()
            except IndexError:
                return
            result = piece()
            with self.ended:
                self.results[index] = result
                self.left -= 1
                self.ended.notify_all()
