"""The files of a commit in a folder of their own, to be read there like any others."""

from __future__ import annotations

import posixpath
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from reconciler.provenance.repository import Entry, Repository

_UNSAFE_PARTS = frozenset({"", ".", "..", ".git"})
_MAX_LINKS = 1000
_MAX_DEPTH = 40  # links that lead to links, as the kernel has it


@contextmanager
def snapshot(repository: Repository, commit: str, entries: Iterable[Entry], label: str) -> Iterator[Path]:
    """Give a folder with files of a commit, and what their links lead to in it.

    Args:
        repository: where the commit is.
        commit: its full hash.
        entries: the files.
        label: what the commit is called.

    Raises:
        RepositoryError: they cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="reconciler-") as name:
        folder = Path(name)
        written = _with_targets(repository, commit, entries)
        # Links last: nothing is ever written through one.
        for entry, content in sorted(repository.contents(written), key=lambda each: each[0].is_link):
            try:
                _write(folder / entry.path, content, is_link=entry.is_link)
            except (OSError, ValueError) as error:
                raise RepositoryError(f"{label}:{entry.path} cannot be read: {error}") from None
        yield folder


def _with_targets(repository: Repository, commit: str, entries: Iterable[Entry]) -> list[Entry]:
    """Return files with those in the tree that links among them lead to."""
    known = {entry.path: entry for entry in entries if _is_safe(entry.path)}
    pending = [entry for entry in known.values() if entry.is_link]
    for _ in range(_MAX_DEPTH):
        targets = _targets(repository, pending[:_MAX_LINKS], known)
        if not targets:
            break
        found = [each for each in repository.entries(commit, targets) if each.path not in known]
        known |= {each.path: each for each in found if _is_safe(each.path)}
        pending = [each for each in found if each.is_link]
    return list(known.values())


def _targets(repository: Repository, links: Collection[Entry], known: Mapping[str, Entry]) -> dict[str, None]:
    """Return the paths in the tree that links lead to, where their files are not known."""
    found = (_target(link.path, content) for link, content in repository.contents(list(links)))
    return dict.fromkeys(target for target in found if target is not None and target not in known)


def _target(path: str, content: bytes) -> str | None:
    """Return the path in the tree that a link leads to; None if it leads out of it."""
    text = content.decode("utf-8", "replace")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), text))
    return target if _is_safe(target) and target != "." else None


def _is_safe(path: str) -> bool:
    return "\0" not in path and _UNSAFE_PARTS.isdisjoint(path.lower().split("/"))


def _write(path: Path, content: bytes, *, is_link: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if is_link:
        path.symlink_to(content.decode("utf-8", "replace"))
    else:
        path.write_bytes(content)
