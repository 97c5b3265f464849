"""The policy of a commit: its files are put into a folder of their own and read there like any others."""

from __future__ import annotations

import posixpath
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError
from reconciler.tree import SETTINGS_FILES, load_policy

if TYPE_CHECKING:
    from reconciler.model.desired import Desired
    from reconciler.provenance.repository import Entry, Repository

_POLICY_PATHS = (*SETTINGS_FILES, "accounts", "roles", "identities", "dns-providers")
_UNSAFE_PARTS = frozenset({"", ".", "..", ".git"})
_MAX_LINKS = 1000


def read_policy(repository: Repository, commit: str, label: str) -> Desired:
    """Return settings, accounts, roles and identities as they are in a commit.

    Args:
        repository: where the commit is.
        commit: its full hash.
        label: what findings in these files call the commit.

    Raises:
        InvalidTreeError: they have errors.
        RepositoryError: Git cannot read them.
    """
    with tempfile.TemporaryDirectory(prefix="reconciler-") as name:
        folder = Path(name)
        entries = _with_targets(repository, commit, list(repository.entries(commit, _POLICY_PATHS)))
        # Links last: nothing is ever written through one.
        for entry in sorted(entries, key=lambda each: each.is_link):
            try:
                _write(folder / entry.path, repository.read_object(entry.object_id), is_link=entry.is_link)
            except (OSError, ValueError) as error:
                raise RepositoryError(f"{label}:{entry.path} cannot be read: {error}") from None
        return load_policy(folder, label)


def has_tree(repository: Repository, commit: str) -> bool:
    """Say whether a commit has a tree at all."""
    return any(repository.read(commit, name) is not None for name in SETTINGS_FILES)


def _with_targets(repository: Repository, commit: str, entries: list[Entry]) -> list[Entry]:
    """Add the files in the tree that links lead to."""
    known = {entry.path: entry for entry in entries if _is_safe(entry.path)}
    pending = [entry for entry in known.values() if entry.is_link]
    for _ in range(_MAX_LINKS):
        if not pending:
            break
        link = pending.pop()
        target = _target(link.path, repository.read_object(link.object_id))
        if target is not None:
            found = [each for each in repository.entries(commit, [target]) if each.path not in known]
            known |= {each.path: each for each in found if _is_safe(each.path)}
            pending += [each for each in found if each.is_link]
    return list(known.values())


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
