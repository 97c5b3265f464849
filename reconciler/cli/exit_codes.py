"""How the program ends."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes, as the manual lists them; 128 is what a shell adds to the number of a signal."""

    DONE = 0
    ERROR = 1
    CHANGES = 2
    WAITING = 3
    SOME_FAILED = 4
    INVALID_OR_DENIED = 5
    STALE_PLAN = 6
    LOCKED = 7
    LIMIT_PASSED = 8
    USAGE = 64
    INTERRUPTED = 130
    TERMINATED = 143
