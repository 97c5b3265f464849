"""The commit that a branch is compared with: the one that it has in common with another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError
from reconciler.provenance.git import DEEPEN

if TYPE_CHECKING:
    from reconciler.provenance.repository import Repository

_HASH = re.compile(r"[0-9a-fA-F]{7,40}")
# What can be a branch or a hash, and no expression (gitrevisions(7)) or option.
_REF = re.compile(r"[^-/.\x00-\x20\x7f~^:?*\[\\@{}][^\x00-\x20\x7f~^:?*\[\\{}]*")


def base_problem(ref: str) -> str | None:
    """Return what is wrong with the name of a commit to compare with; None if it can be one."""
    if ref == "HEAD" or (_REF.fullmatch(ref) and ".." not in ref and not ref.endswith((".lock", "/", "."))):
        return None
    return f"`{ref[:60]}` cannot be the name of a branch or a commit; name one: `origin/main`"


def merge_base(repository: Repository, ref: str) -> str:
    """Return the commit that HEAD and another have in common, as forges take it for a pull request.

    Args:
        repository: where they are.
        ref: a branch (see `Repository.full_name`), a full ref, the hash of a commit, or `HEAD`.

    Raises:
        RepositoryError: there is no such commit here, or they have none in common.
    """
    if problem := base_problem(ref):
        raise RepositoryError(problem)
    full = repository.full_name(ref)
    other = repository.commit(full) if full else None
    if other is None and (ref == "HEAD" or _HASH.fullmatch(ref)):
        other = repository.commit(ref)
    head = repository.commit("HEAD")
    if head is None:
        raise RepositoryError("the repository has no commit yet: there is nothing to compare")
    if other is None:
        raise RepositoryError(
            f"there is no branch or commit `{ref}` in this clone; fetch it (`git fetch origin`; "
            "`fetch-depth: 0` or `GIT_DEPTH: 0` in a pipeline)"
        )
    try:
        return repository.output("merge-base", head, other).strip()
    except RepositoryError:
        if repository.shallow_commits():
            raise RepositoryError(
                f"the clone is shallow: the commit that this branch has in common with `{ref}` is not "
                f"here; {DEEPEN}"
            ) from None
        raise RepositoryError(f"HEAD has no commit in common with `{ref}`: name another branch") from None
