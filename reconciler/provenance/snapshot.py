"""The files of a commit in a folder of their own, to be read there like any others."""

from __future__ import annotations

import posixpath
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError
from reconciler.files import is_inner_path

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from reconciler.provenance.repository import Entry, Repository

Follow = Callable[[str, bytes], str | None]

_SUFFIXES = (".yaml", ".yml", ".json")
_MAX_DEPTH = 40  # links that lead to links, as the kernel has it


@contextmanager
def snapshot(
    repository: Repository, commit: str, entries: Iterable[Entry], label: str, follow: Follow | None = None
) -> Iterator[Path]:
    """Give a folder with files of a commit: those that can be resources, and what they lead to.

    Args:
        repository: where the commit is.
        commit: its full hash.
        entries: the files to choose from.
        label: what the commit is called.
        follow: says for the path and the content of a file which other file in the tree it needs. What
            links lead to is taken along in any case.

    Raises:
        RepositoryError: they cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="reconciler-") as name:
        folder = Path(name)
        known: set[str] = set()
        pending = [each for each in entries if _is_wanted(each, known)]
        links: list[tuple[Entry, bytes]] = []
        for _ in range(_MAX_DEPTH):
            known |= {each.path for each in pending}
            targets: dict[str, None] = {}
            for entry, content in repository.contents(pending):
                if entry.is_link:
                    links.append((entry, content))
                    target = _target(entry.path, content)
                else:
                    _write(folder, entry, content, label)
                    target = follow(entry.path, content) if follow else None
                if target is not None and target not in known:
                    targets[target] = None
            if not targets:
                break
            pending = [
                each for each in repository.entries(commit, targets) if _is_wanted(each, known, targets)
            ]
        # Links last: nothing is ever written through one.
        for entry, content in links:
            _write(folder, entry, content, label)
        yield folder


def _is_wanted(entry: Entry, known: Container[str], named: Container[str] = ()) -> bool:
    """Say whether a file can be a resource, or is named by one, and is not there yet."""
    can_be = entry.is_link or entry.path in named or entry.path.lower().endswith(_SUFFIXES)
    return can_be and entry.path not in known and is_inner_path(entry.path)


def _target(path: str, content: bytes) -> str | None:
    """Return the path in the tree that a link leads to; None if it leads out of it."""
    text = content.decode("utf-8", "replace")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), text))
    return target if is_inner_path(target) else None


def _write(folder: Path, entry: Entry, content: bytes, label: str) -> None:
    path = folder / entry.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if entry.is_link:
            path.symlink_to(content.decode("utf-8", "replace"))
        else:
            path.write_bytes(content)
    except (OSError, ValueError) as error:
        raise RepositoryError(f"{label}:{entry.path} cannot be read: {error}") from None
