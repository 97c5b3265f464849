"""SIGINT and SIGTERM while `apply` or its like works: once means stop and save, twice means now."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

GRACE_SECONDS = 8
"""How long a run may take to stop. Each step is saved before the next: ending it hard loses nothing."""

_SHELL_BASE = 128


class Stop(Struct):
    """Whether the run is to stop, and by which signal."""

    event: threading.Event = field(default_factory=threading.Event)
    number: int = 0

    @property
    def exit_code(self) -> int:
        """What a shell calls an end by this signal."""
        return _SHELL_BASE + self.number


@contextmanager
def stop_on_signals(
    notify: Callable[[str], None],
    grace: float = GRACE_SECONDS,
    *,
    doing: str = "saving what is under way",
    left: str = "what is on disk is whole, and the next apply goes on with it",
    at_last: Callable[[], None] = lambda: None,
) -> Iterator[Stop]:
    """Turn the first signal into a wish to stop; end the process at the second, or when `grace` is over.

    Args:
        notify: tells the user; called by the signal handler.
        grace: in seconds.
        doing: what happens at the first signal.
        left: what there is to know after the second.
        at_last: called before the process is ended; from a signal handler, so it must not wait for anything.
    """
    stop = Stop()

    def end(what: str) -> None:
        at_last()
        _end(stop, f"{what}; {left}")

    watchdog = threading.Timer(grace, lambda: end("it took too long to stop; ended"))
    watchdog.daemon = True

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.event.is_set():
            end("ended at once")
        stop.number = number
        stop.event.set()
        watchdog.start()
        notify(f"{signal.Signals(number).name}: {doing}; once more ends it at once")

    previous = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        watchdog.cancel()
        for number, handler in previous.items():
            signal.signal(number, handler)


def _end(stop: Stop, what: str) -> None:
    # The live display hides the cursor, and has no time left to show it again.
    show_cursor = "\x1b[?25h" if os.isatty(2) else ""
    say_at_once(f"{show_cursor}{what}")
    os._exit(stop.exit_code)


def say_at_once(text: str) -> None:
    """Write a message, whatever the rest of the process does."""
    # Not by sys.stderr: the signal may have come in the middle of a write to it. Nobody may be reading.
    with suppress(OSError):
        os.write(2, f"\n{text}\n".encode())
