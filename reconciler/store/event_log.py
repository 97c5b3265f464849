"""`events.jsonl`: what was done, an entry a line, only ever added to.

Writing is for who holds the state's lock. Lines are durable before `append` returns, and only the end of the
file is read for that. A line that a killed run has not written to its end is replaced by an entry
(`torn_line`) that says so and has what there was of it; no line that is whole is ever touched.
"""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from reconciler import files
from reconciler.errors import StateError
from reconciler.file_errors import why
from reconciler.links import refuse_links
from reconciler.model.log import LogEntry, LogEvent, LogLine, Verification
from reconciler.store.event_chain import (
    LONGEST_LINE,
    beginning,
    chained,
    hash_of,
    joined,
    parsed,
    verify,
)
from reconciler.store.fields import format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_KEPT_OF_TORN = 4000  # characters
_BLOCK = 1 << 13
_MOST_PROBLEMS = 1000
_FRAME = frozenset({"format_version", "time", "run", "event", "previous", "hash"})


def append(path: Path, entries: Sequence[Mapping[str, Any]], lineage: str) -> None:
    """Add entries to the log, durably; makes the file where there is none.

    Args:
        path: of the log.
        entries: each has `time`, `run`, `event` and what there is to say; the chain is added to them.
        lineage: of the state.

    Raises:
        StateError: they could not be written; the file is as it was.
    """
    if not entries:
        return
    try:
        refuse_links(path, path.parent)
        is_new = not path.exists()
        _add(path, entries, lineage)
        if is_new:
            files.sync_folder(path.parent)
    except StateError as error:
        raise StateError(f"{path}: {error}") from None
    except OSError as error:
        raise StateError(f"{path}: cannot be written: {why(error)}") from error


def encode_entry(entry: LogEntry) -> dict[str, Any]:
    """Return an entry as the log has it, but for the chain."""
    return {**entry.facts, "time": format_time(entry.time), "run": entry.run, "event": str(entry.event)}


def decode_line(line: bytes, number: int) -> LogLine | None:
    """Return what a line says; None where it cannot be understood, see `verify`.

    Args:
        line: with its end, or without.
        number: of the line, from 1.
    """
    found = parsed(line.removesuffix(b"\n"))
    if found is None:
        return None
    facts = {name: value for name, value in found.items() if name not in _FRAME}
    try:
        entry = LogEntry(parse_time(str(found["time"])), str(found["run"]), found["event"], facts)
    except (KeyError, ValueError, OverflowError):
        return None
    return LogLine(number, entry, str(found.get("hash", "")))


def look_through(path: Path, lineage: str, expected: str | None = None) -> Verification:
    """Return whether the log is as it was written, see `verify`.

    Raises:
        StateError: it cannot be read.
    """
    count, last = 0, None

    def counted() -> Iterator[bytes]:
        nonlocal count, last
        for line in read(path):
            count, last = count + 1, line
            yield line

    problems = tuple(islice(verify(counted(), lineage, expected=expected), _MOST_PROBLEMS))
    return Verification(str(path), count, hash_of(last.removesuffix(b"\n")) if last else None, problems)


def read(path: Path) -> Iterator[bytes]:
    r"""Yield the lines of the log with their ends; the last has none where it is torn.

    Of a line that is too long for an entry only the beginning is yielded, without an end.

    Raises:
        StateError: it cannot be read.
    """
    try:
        with _opened_to_read(path) as file:
            while line := file.readline(LONGEST_LINE + 1):
                yield line
                while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE + 1)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StateError(f"{path}: cannot be read: {why(error)}") from error


def _add(path: Path, entries: Sequence[Mapping[str, Any]], lineage: str) -> None:
    # Appending is all that is needed, so that the file may have the attribute that allows nothing else.
    with _opened(path, os.O_APPEND) as file:
        last, torn = _end(file)
        previous = hash_of(last) if last is not None else beginning(lineage)
        if not torn:
            _write(file, _content(entries, previous), file.seek(0, os.SEEK_END))
            return
    with _opened(path) as file:
        end = file.seek(0, os.SEEK_END)
        if parsed(torn) is not None:
            # It lacks nothing but its end.
            _write(file, b"\n" + _content(entries, hash_of(torn)), end)
        else:
            first = entries[0]
            told = {
                "time": first["time"],
                "run": first["run"],
                "event": str(LogEvent.TORN_LINE),
                **_told(torn),
            }
            _write(file, _content([told, *entries], previous), end - len(torn), torn)


def _opened_to_read(path: Path) -> IO[bytes]:
    refuse_links(path, path.parent)
    descriptor = files.open_regular(path, follow_links=False)
    if descriptor is None:
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return os.fdopen(descriptor, "rb")


def _opened(path: Path, flags: int = 0) -> IO[bytes]:
    flags |= os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, files.PUBLIC_FILE), "r+b", buffering=0)


def _end(file: IO[bytes]) -> tuple[bytes | None, bytes]:
    """Return the last whole line, None where there is none, and what comes after it."""
    size = file.seek(0, os.SEEK_END)
    for length in (_BLOCK, 2 * LONGEST_LINE):
        file.seek(max(size - length, 0))
        *lines, torn = file.read(length).split(b"\n")
        if len(lines) > 1 or size <= length:
            return (lines[-1] if lines else None), torn
    raise StateError("its end is not what this program writes: move it away, and look at what it is")


def _content(entries: Sequence[Mapping[str, Any]], previous: str) -> bytes:
    return joined(chained(entries, previous))


def _told(torn: bytes) -> dict[str, Any]:
    text = torn.decode("utf-8", "replace")[:_KEPT_OF_TORN]
    return {"text": text, "length": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}


def _write(file: IO[bytes], content: bytes, place: int, before: bytes = b"") -> None:
    """Write the end of the file, from `place` on; where that fails it has what was there before."""
    file.seek(place)
    try:
        left = memoryview(content)
        while left:
            left = left[file.write(left) or 0 :]
        # What was torn may have been longer.
        if file.seek(0, os.SEEK_END) > place + len(content):
            file.truncate(place + len(content))
        os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            file.truncate(place)
            if before:
                file.seek(place)
                file.write(before)
        raise
