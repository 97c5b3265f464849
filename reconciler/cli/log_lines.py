"""Choosing among the lines of the log, which may be long: only what is to be shown is held."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from reconciler.model.log import LogEvent
from reconciler.store.event_log import decode_line, read

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from reconciler.model.log import LogLine

_MOST_STARTS = 1000


def chosen_lines(
    path: Path, *, certificate: str | None = None, after: datetime | None = None, limit: int = 0
) -> list[LogLine]:
    """Return lines of the log from the oldest to the newest; what cannot be understood is left out.

    Args:
        path: of the log.
        certificate: only those about the certificate of this name, and the beginnings of their runs.
        after: only those since.
        limit: only that many, the newest; 0 for all.

    Raises:
        StateError: the log cannot be read.
    """
    chosen: deque[LogLine] = deque(maxlen=limit or None)
    if certificate is None and after is None:
        raw: deque[tuple[int, bytes]] = deque(enumerate(read(path), 1), maxlen=limit or None)
        return [line for number, each in raw if (line := decode_line(each, number))]
    starts: dict[str, LogLine] = {}
    for number, each in enumerate(read(path), 1):
        line = decode_line(each, number)
        if line is None or (after is not None and line.entry.time < after):
            continue
        if certificate is None:
            chosen.append(line)
        elif line.entry.event == LogEvent.RUN_STARTED:
            starts[line.entry.run] = line
            if len(starts) > _MOST_STARTS:
                del starts[next(iter(starts))]
        elif line.entry.certificate == certificate:
            if start := starts.pop(line.entry.run, None):
                chosen.append(start)
            chosen.append(line)
    return list(chosen)
