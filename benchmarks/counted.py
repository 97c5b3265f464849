"""Runs the program and counts what it writes, by what it is doing meanwhile.

    python -m benchmarks.counted REPORT.json ARGUMENTS

Report: for each thing that was done, how often each of `COUNTED`. What is opened to be written, renamed,
linked, made and removed is told by Python's own audit events, wherever in the program it happens.
"""

from __future__ import annotations

import functools
import json
import os
import stat
import sys
import threading
from collections import Counter, defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.wrapping import wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

WRITTEN, RENAMED, REMOVED, MADE = "files written", "renames, links", "calls of unlink", "folders made"
SYNCED_FILES, SYNCED_FOLDERS, UNCHANGED = "fsyncs of files", "fsyncs of folders", "written again unchanged"
COUNTED = (WRITTEN, SYNCED_FILES, SYNCED_FOLDERS, RENAMED, REMOVED, MADE, UNCHANGED)

BEGINNING, END, LOG, RUN = "order begun: record, key, CSR", "certificate in force, delivered", "log", "run"
_ORDER_TASK = "reconciler.engine.order_task:OrderTask"
TURNS: Mapping[str, Callable[..., str]] = {
    f"{_ORDER_TASK}._begin": lambda: BEGINNING,
    f"{_ORDER_TASK}._perform": lambda step: str(step).replace("_", " "),
    f"{_ORDER_TASK}._end": lambda: END,
}
"""The functions in which an order is worked on, and what is then done, told from their arguments."""

_LOG_FILE = "events.jsonl"


class Counts:
    """Counts by what a thread is doing; what is done for no order is the log's, or the run's."""

    def __init__(self) -> None:
        self.by_work: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._thread = threading.local()
        self._lock = threading.Lock()

    @contextmanager
    def doing(self, work: str) -> Iterator[None]:
        """Count for `work` what this thread does within."""
        self._thread.work = work
        try:
            yield
        finally:
            self._thread.work = None

    def add(self, what: str, path: str) -> None:
        """Count one."""
        work = getattr(self._thread, "work", None) or (LOG if Path(path).name == _LOG_FILE else RUN)
        with self._lock:
            self.by_work[work][what] += 1

    def watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take an audit event."""
        if getattr(self._thread, "looks", False):
            return
        match event, arguments:
            case "open", (str() | bytes() | os.PathLike() as path, _, int() as flags):
                if flags & (os.O_WRONLY | os.O_RDWR) and not os.fsdecode(path).startswith("/dev/"):
                    self.add(WRITTEN, os.fsdecode(path))
            case "os.rename" | "os.link", (source, target, *_):
                self.add(RENAMED, os.fsdecode(target))
                if self._are_alike(source, target):
                    self.add(UNCHANGED, os.fsdecode(target))
            case "os.remove", (path, *_):
                self.add(REMOVED, os.fsdecode(path))
            case "os.mkdir", (path, *_):
                self.add(MADE, os.fsdecode(path))

    def synced(self, sync: Callable[[int], None], descriptor: int) -> None:
        """Count an fsync, and do it."""
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        self.add(SYNCED_FOLDERS if is_folder else SYNCED_FILES, str(path))
        sync(descriptor)

    def _are_alike(self, source: Any, target: Any) -> bool:  # noqa: ANN401 - a path of any kind
        self._thread.looks = True
        try:
            return os.path.isfile(target) and Path(source).read_bytes() == Path(target).read_bytes()  # noqa: PTH113
        finally:
            self._thread.looks = False


def main(report: str, *arguments: str) -> None:
    """Run the program."""
    sys.dont_write_bytecode = True
    counts = Counts()
    for name, work_of in TURNS.items():
        wrap(name, _doing(counts, work_of))
    for name in ("fsync", "fdatasync"):
        setattr(os, name, functools.partial(counts.synced, getattr(os, name)))
    sys.addaudithook(counts.watch)
    from reconciler.cli.main import run

    code = run(arguments)
    by_work = dict(counts.by_work)
    Path(report).write_text(json.dumps(by_work))
    sys.exit(code)


def _doing(counts: Counts, work_of: Callable[..., str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def counted(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(self: object, *arguments: object) -> Any:  # noqa: ANN401 - any method's
            with counts.doing(work_of(*arguments)):
                return method(self, *arguments)

        return call

    return counted


if __name__ == "__main__":
    main(*sys.argv[1:])
