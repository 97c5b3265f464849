"""The chain of the event log: each line is bound to the one before by its hash. Bytes in, values out.

A line is the canonical JSON (RFC 8785) of an entry, so that every byte of it counts. Its `hash` is the
SHA-256 of the canonical JSON of the entry without it; `previous` is the hash of the line before, and in the
first line that of the state's lineage.
"""

from __future__ import annotations

import hashlib
import json
import re
from math import isfinite
from typing import TYPE_CHECKING, Any

import rfc8785

from reconciler.model.log import Flaw, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FORMAT_VERSION = 1
LONGEST_LINE = 1 << 16
"""Longer lines are none of ours; nothing longer is held in memory."""

_HASH = re.compile(r"[0-9a-f]{64}")
_ESCAPE = rb"\ud"  # of half a character, perhaps, which no encoding has
_LARGEST = 2**53 - 1  # of the whole numbers that every reader of JSON takes as they are (RFC 8785)
_MOST_LEVELS = 20

_OWN = ("format_version", "previous", "hash")


def beginning(lineage: str) -> str:
    """Return what the first line of a state's log has as `previous`."""
    return _digest({"lineage": lineage})


def chained(entries: Iterable[Mapping[str, Any]], previous: str) -> list[bytes]:
    """Return entries as lines (without their ends) that follow the line with the hash `previous`.

    Args:
        entries: what they have of `format_version`, `previous` and `hash` is replaced.
        previous: the hash of the line before, see `hash_of` and `beginning`.
    """
    lines = []
    for entry in entries:
        own = {name: value for name, value in entry.items() if name not in _OWN}
        own |= {"format_version": entry.get("format_version", FORMAT_VERSION), "previous": previous}
        previous = _digest(own)
        lines.append(rfc8785.dumps(own | {"hash": previous}))
    return lines


def hash_of(line: bytes) -> str:
    """Return what the next line has as `previous`; of a line that is no entry the SHA-256 of its bytes."""
    entry = parsed(line)
    stated = entry.get("hash") if entry else None
    is_hash = isinstance(stated, str) and _HASH.fullmatch(stated)
    return str(stated) if is_hash else hashlib.sha256(line).hexdigest()


def parsed(line: bytes) -> dict[str, Any] | None:
    """Return the entry of a line; None where it is none, or one that canonical JSON cannot say again."""
    if len(line) > LONGEST_LINE:
        return None
    try:
        entry = json.loads(line, parse_int=_exact, parse_float=_finite, parse_constant=_finite)
        if _ESCAPE in line.lower():
            json.dumps(entry, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    is_entry = isinstance(entry, dict) and isinstance(entry.get("event"), str) and _is_flat(entry)
    return entry if is_entry else None


def verify(lines: Iterable[bytes], lineage: str, *, expected: str | None = None) -> Iterator[Problem]:
    r"""Yield what does not fit, from the first line to the last; nothing where the log is as it was written.

    That lines are missing at the end, or that all of it was made anew, shows only to whoever has kept a hash.

    Args:
        lines: each with its end, a `\n`: the last may have none, and is torn then.
        lineage: of the state.
        expected: the hash of a line that has to be there.
    """
    number, previous, found = 0, beginning(lineage), expected is None
    for number, whole in enumerate(lines, 1):
        line = whole.removesuffix(b"\n")
        if line == whole:
            yield Problem(number, Flaw.TORN if len(line) <= LONGEST_LINE else Flaw.UNREADABLE)
        else:
            flaw = flaw_of(line, previous)
            if flaw is Flaw.OUT_OF_PLACE and number == 1:
                flaw = Flaw.OTHER_LINEAGE
            if flaw is not None:
                yield Problem(number, flaw)
            previous = hash_of(line)
            found = found or (previous == expected and flaw is not Flaw.ALTERED)
    if not found:
        yield Problem(number, Flaw.NOT_THERE)


def rebased(theirs: Sequence[bytes], ours_new: Sequence[Mapping[str, Any]], lineage: str) -> list[bytes]:
    """Return the lines of a log to which two have written at the same time: theirs as they are, then ours.

    Our entries keep what they say, their run and their time, and get other hashes. What theirs has of them
    already (a push whose answer was lost) is not repeated.

    Args:
        theirs: the lines of the log that was there first, without their ends, from the first one.
        ours_new: our entries that it does not have, see `entries_after`.
        lineage: of the state.
    """
    known = {_said(entry) for entry in map(parsed, theirs) if entry} if ours_new else set()
    ours = [entry for entry in ours_new if _said(entry) not in known]
    return [*theirs, *chained(ours, hash_of(theirs[-1]) if theirs else beginning(lineage))]


def entries_after(ours: Sequence[bytes], theirs: Sequence[bytes]) -> list[dict[str, Any]]:
    """Return our entries after the lines that we have in common with theirs."""
    same = next(
        (place for place, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other),
        min(len(ours), len(theirs)),
    )
    return [entry for entry in map(parsed, ours[same:]) if entry]


def split(content: bytes) -> list[bytes]:
    """Return the lines of a log without their ends; one that is torn is left out."""
    return content.split(b"\n")[:-1]


def joined(lines: Iterable[bytes]) -> bytes:
    """Return a log as a file has it; takes what `split` returns."""
    return b"".join(line + b"\n" for line in lines)


def flaw_of(line: bytes, previous: str) -> Flaw | None:
    """Return what is wrong with a line that follows the one with the hash `previous`; None where it fits."""
    entry = parsed(line)
    if entry is None:
        return Flaw.UNREADABLE
    if not _is_as_written(line, entry):
        return Flaw.ALTERED
    if entry.get("previous") != previous:
        return Flaw.OUT_OF_PLACE
    return None if entry.get("format_version") == FORMAT_VERSION else Flaw.NEWER_FORMAT


def _is_as_written(line: bytes, entry: dict[str, Any]) -> bool:
    own = {name: value for name, value in entry.items() if name != "hash"}
    try:
        canonical = rfc8785.dumps(own)
    except (rfc8785.CanonicalizationError, RecursionError):
        return False
    digest = hashlib.sha256(canonical).hexdigest()
    if entry.get("hash") != digest or list(entry) != sorted(entry):
        return False
    # The line is that, with its hash in the right place: every byte of it is what it was.
    return line.replace(b'"hash":"%s",' % digest.encode(), b"", 1) == canonical


def _exact(text: str) -> int:
    number = int(text)
    if abs(number) > _LARGEST:
        raise ValueError(text)
    return number


def _is_flat(value: object, levels: int = _MOST_LEVELS) -> bool:
    """Say whether what is in a value is not so deep that it could not be gone through."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels > 0 and all(_is_flat(each, levels - 1) for each in inner)


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _digest(value: dict[str, Any]) -> str:
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def _said(entry: Mapping[str, Any]) -> bytes:
    return rfc8785.dumps({name: value for name, value in entry.items() if name not in _OWN})
