"""Runs programs and measures them: a script, with a job on its input and what was measured on its output.

It is a process of its own, and a small one, for two reasons. The kernel counts into a program's peak memory
what the process had that started it, and the benchmarks' own is larger than many a program's. And the
starting of programs is not held up by the servers that run in the benchmarks' process.

Job: `commands`, how many of them run `at_once`, how many `seconds` they have in all, and the `log` file
that gets their output. Measured: `seconds` in all, whether all ended `in_time`, and for each command that
ran, in the job's order, its exit `code`, `seconds`, `cpu_seconds` (user and system, its children's included)
and `peak_bytes`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress
from typing import Any

_UNIT = 1 if sys.platform == "darwin" else 1024
_KILL_AGAIN_SECONDS = 0.1


class Launcher:
    """Runs commands, the next as soon as one ends; what is not done in time is killed."""

    def __init__(self, commands: list[list[str]], at_once: int, seconds: float, log: str) -> None:
        self._waiting = list(enumerate(commands))[::-1]
        self._running: dict[int, tuple[int, float]] = {}
        self._measured: dict[int, dict[str, Any]] = {}
        self._at_once = at_once
        self._seconds = seconds
        self._log = log
        self._in_time = True

    def run(self) -> dict[str, Any]:
        """Run all of them; return what was measured."""
        signal.signal(signal.SIGALRM, lambda *_: self._give_up())
        # Again and again: the first time may fall between the start of a program and the note of it.
        signal.setitimer(signal.ITIMER_REAL, self._seconds, _KILL_AGAIN_SECONDS)
        begin = time.perf_counter()
        try:
            while self._waiting or self._running:
                while self._waiting and len(self._running) < self._at_once:
                    self._start()
                self._reap()
            took = time.perf_counter() - begin
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._kill()
        processes = [self._measured[index] for index in sorted(self._measured)]
        return {"seconds": took, "in_time": self._in_time, "processes": processes}

    def _start(self) -> None:
        index, command = self._waiting.pop()
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        started = time.perf_counter()
        # A group of its own: whatever the program starts is killed with it.
        pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions, setpgroup=0)
        self._running[pid] = index, started

    def _reap(self) -> None:
        pid, status, usage = os.wait4(-1, 0)
        index, started = self._running.pop(pid)
        self._measured[index] = {
            "code": os.waitstatus_to_exitcode(status),
            "seconds": time.perf_counter() - started,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "peak_bytes": usage.ru_maxrss * _UNIT,
        }

    def _give_up(self) -> None:
        self._in_time = False
        self._waiting.clear()
        self._kill()

    def _kill(self) -> None:
        for pid in self._running:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    json.dump(Launcher(**json.load(sys.stdin)).run(), sys.stdout)
