"""Work beside this process: what has to be looked at is looked at on another processor meanwhile."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Forked:
    """A process that does a part of the work, and sends what came out.

    It is forked, so that it has all that it needs. It does nothing that anybody else would notice: it ends
    without a word, also where it fails.
    """

    def __init__(self, work: Callable[[], bytes]) -> None:
        """Start it, where that can be.

        Args:
            work: only looks at things; what it returns is not empty.
        """
        reading, writing = os.pipe()
        self._process = _fork()
        if self._process == 0:
            try:
                with os.fdopen(writing, "wb") as pipe:
                    pipe.write(work())
            finally:
                os._exit(0)
        os.close(writing)
        self._pipe = os.fdopen(reading, "rb")

    def __enter__(self) -> Forked:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def result(self) -> bytes:
        """Return what came out; nothing where it could not be started, or has failed, or is closed."""
        data = self._pipe.read() if not self._pipe.closed else b""
        self.close()
        return data

    def close(self) -> None:
        """End it, if it has not ended: nobody wants to know any more."""
        self._pipe.close()
        if self._process is not None:
            # There is no end to hear of if this program was started with SIGCHLD ignored.
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._process, signal.SIGKILL)
                os.waitpid(self._process, 0)
            self._process = None


def _fork() -> int | None:
    """Return the number of a new process, 0 in that process itself; None where there can be none."""
    # Of all threads only one would be in the new process, and what the others hold would be held for ever.
    if threading.active_count() > 1:
        return None
    try:
        return os.fork()
    except OSError:
        return None
