"""What the file system says of many files, as one digest: by what Git knows a file that has not changed.

Kind and mode, number (inode), size, and when content and inode were changed, in nanoseconds. The last of
these times nobody can set. Every file is looked at, each time: a folder does not tell what was written into
a file that is in it.
"""

from __future__ import annotations

import marshal
import os
from functools import partial
from hashlib import blake2b
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.forked import Forked, processors
from reconciler.verdict.places import files_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.verdict.places import Listed

_FACTS = attrgetter("st_mode", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
_NEWEST = itemgetter(4)
_DIGEST_BYTES, _TIME_BYTES = 32, 16
_AT_ONCE = 200  # folders; what is known of them need not all be held
_WORTH_A_PROCESS = 5_000  # files
_MOST_PROCESSES = 8


class Seen(Struct, frozen=True):
    """What was seen.

    Attributes:
        digest: of all.
        newest: when something was changed last (nanoseconds since 1970).
    """

    digest: str
    newest: int


def sweep(listed: Listed) -> Seen:
    """Look at files, in as many processes as there are processors for it.

    What cannot be looked at is part of the digest as well.
    """
    count = len(listed.paths) + 5 * len(listed.delivered)
    parts = max(1, min(count // _WORTH_A_PROCESS, processors(), _MOST_PROCESSES))
    pieces = [(listed.paths[i::parts], listed.delivered[i::parts]) for i in range(parts)]
    others = [Forked(partial(_packed, *piece)) for piece in pieces[1:]]
    found = [_look(*pieces[0])]
    for piece, other in zip(pieces[1:], others, strict=True):
        # What is not seen beside is seen here.
        data = other.result() or _packed(*piece)
        found.append((data[:_DIGEST_BYTES], int.from_bytes(data[_DIGEST_BYTES:], signed=True)))
    whole = blake2b(f"{parts}".encode(), digest_size=_DIGEST_BYTES)
    for texts in (listed.names, listed.paths, listed.delivered):
        whole.update("\0".join((f"{len(texts)}", *texts, "")).encode("utf-8", "surrogateescape"))
    for digest, _ in found:
        whole.update(digest)
    return Seen(whole.hexdigest(), max(newest for _, newest in found))


def facts(paths: Iterable[str]) -> list[tuple[int, ...]]:
    """Return what there is to know of each file; links are not followed."""
    paths = tuple(paths)
    try:
        return list(map(_FACTS, map(os.lstat, paths)))
    except OSError:
        return [_facts(path) for path in paths]


def _facts(path: str) -> tuple[int, ...]:
    try:
        found: tuple[int, ...] = _FACTS(os.lstat(path))
    except OSError as error:
        return (error.errno or 0, 0, 0, 0, 0)
    return found


def _look(paths: Sequence[str], delivered: Sequence[str]) -> tuple[bytes, int]:
    digest, newest = blake2b(digest_size=_DIGEST_BYTES), 0
    for some in _some(paths, delivered):
        # Version 2 of the format is the last in which equal values are always equal bytes.
        digest.update(marshal.dumps(some, 2))
        newest = max(newest, max(map(_NEWEST, some)))
    return digest.digest(), newest


def _some(paths: Sequence[str], delivered: Sequence[str]) -> Iterator[list[tuple[int, ...]]]:
    """Yield what is known of some files at a time."""
    for start in range(0, len(paths), _AT_ONCE):
        yield facts(paths[start : start + _AT_ONCE])
    for start in range(0, len(delivered), _AT_ONCE):
        # A certificate without a key or a chain of its own is slower; the others need not be for that.
        yield [each for folder in delivered[start : start + _AT_ONCE] for each in facts(files_in(folder))]


def _packed(paths: Sequence[str], delivered: Sequence[str]) -> bytes:
    digest, newest = _look(paths, delivered)
    return digest + newest.to_bytes(_TIME_BYTES, signed=True)
