"""Which branch the settings name as trusted: the tree's, and those that it grew out of.

A change under review must not choose what it is judged by. So the first branch counts that a version of the
settings in the history has named and that still names itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError
from reconciler.provenance import git
from reconciler.provenance.git import find_top
from reconciler.tree import SETTINGS_FILES, trusted_ref_of

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.provenance.repository import Repository

_LOG = ("log", "--full-history", "--no-ext-diff", "--no-textconv", "--no-show-signature", "--format=%H")
_CHANGES = (*_LOG, "-G", "trusted_ref")


def has_ever_named(root: Path) -> bool:
    """Say whether any version of a tree's settings in Git has named a trusted ref.

    Asked at every start, so without what takes long to import. Where Git is not installed, or there is no
    commit yet, nothing is named.

    Raises:
        RepositoryError: the history is there, and cannot be read: it may name one.
    """
    top = find_top(root)
    if top is None:
        return False
    folder = root.resolve().relative_to(top)
    paths = [(folder / name).as_posix() for name in SETTINGS_FILES]
    try:
        return bool(git.output(top, *_CHANGES, "--max-count=1", "HEAD", "--", *paths).strip())
    except git.GitMissingError:
        return False
    except RepositoryError:
        if _has_no_commit(top):
            return False
        raise


def _has_no_commit(top: Path) -> bool:
    try:
        git.output(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    except RepositoryError:
        # That HEAD leads nowhere is one thing, that Git does not use the repository another.
        return git.works(top)
    return False


def named_ref(repository: Repository, head: str, present: str | None) -> str | None:
    """Return the branch that is trusted; None if none is named.

    Args:
        repository: where the history is.
        head: the commit that is planned or applied.
        present: what the tree's own settings name.

    Raises:
        RepositoryError: the history cannot be read.
    """
    touched = repository.output(
        *_CHANGES, head, "--", *(repository.prefix + name for name in SETTINGS_FILES)
    ).split()
    parent = repository.commit(f"{head}^1")
    recent = [_ref_at(repository, commit) for commit in (parent, head) if commit] + [present]
    # git log shows the newest first; the oldest goes before what a change under review names.
    earlier = (_ref_at(repository, commit) for commit in reversed(touched))
    named = dict.fromkeys(ref for ref in (*earlier, *recent) if ref)
    in_force = (ref for ref in named if _names_itself(repository, ref))
    return next(in_force, None) or next(filter(None, recent), None)


def _names_itself(repository: Repository, ref: str) -> bool:
    full = repository.full_name(ref)
    there = _ref_at(repository, full) if full else None
    return there is not None and repository.full_name(there) == full


def _ref_at(repository: Repository, commit: str) -> str | None:
    for name in SETTINGS_FILES:
        data = repository.read(commit, name)
        if data is not None:
            return trusted_ref_of(name, data)
    return None
