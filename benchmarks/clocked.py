"""Runs the program with clocks around functions of its own, and writes down where its CPU went.

    python -m benchmarks.clocked REPORT.json apply|plan ARGUMENTS

Report: `cpu_seconds` of the process in all; of these `lines`: for each line of `benchmarks.clocks`, for
Python itself and for the imports, the seconds and how often its functions were called. The time is that of
threads: what waits costs nothing.
"""

from __future__ import annotations

import functools
import importlib
import json
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.clocks import APPLY, PLAN
from benchmarks.wrapping import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.clocks import Clocks

PYTHON, IMPORTS = "start: Python itself", "start: imports"

_CLOCKS: dict[str, Clocks] = {"apply": APPLY, "plan": PLAN}


class _Thread(threading.local):
    """What a thread is in: the lines, outermost first, and when the last of them began to count."""

    def __init__(self, totals: list[dict[str, list[float]]]) -> None:
        self.lines: list[str] = []
        self.since = 0.0
        self.spent: dict[str, list[float]] = {}
        totals.append(self.spent)

    def count(self, now: float) -> None:
        """Give the line that the thread is in what has passed since."""
        if self.lines:
            self.spent.setdefault(self.lines[-1], [0.0, 0])[0] += now - self.since
        self.since = now


class Clock:
    """Counts the time of threads by lines; what is within another line is not counted twice."""

    def __init__(self) -> None:
        self._totals: list[dict[str, list[float]]] = []
        self._thread = _Thread(self._totals)

    def around(self, line: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Return what makes of a function one whose time goes to a line."""

        def clocked(function: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(function)
            def call(*arguments: object, **named: object) -> Any:  # noqa: ANN401 - any function's
                thread = self._thread
                thread.count(time.thread_time())
                thread.lines.append(line)
                thread.spent.setdefault(line, [0.0, 0])[1] += 1
                try:
                    return function(*arguments, **named)
                finally:
                    thread.count(time.thread_time())
                    thread.lines.pop()

            return call

        return clocked

    def lines(self) -> dict[str, list[float]]:
        """Return the seconds and the number of calls of each line, over all threads."""
        found: dict[str, list[float]] = {}
        for spent in self._totals:
            for line, (seconds, calls) in spent.items():
                total = found.setdefault(line, [0.0, 0])
                total[0] += seconds
                total[1] += calls
        return found


def main(report: str, kind: str, *arguments: str) -> None:
    """Run the program."""
    started = time.process_time()
    clock = Clock()
    _clock_imports(clock)
    for line, names in _CLOCKS[kind].items():
        for name in names:
            wrap(name, clock.around(line))
    from reconciler.cli.main import run

    try:
        code = run(arguments)
    finally:
        lines = {PYTHON: [started, 1], **clock.lines()}
        Path(report).write_text(json.dumps({"cpu_seconds": time.process_time(), "lines": lines}))
    sys.exit(code)


def _clock_imports(clock: Clock) -> None:
    # What CPython calls for a module that is not there yet; no other place sees all imports, and only them.
    bootstrap: Any = importlib._bootstrap
    bootstrap._find_and_load = clock.around(IMPORTS)(bootstrap._find_and_load)


if __name__ == "__main__":
    main(*sys.argv[1:])
