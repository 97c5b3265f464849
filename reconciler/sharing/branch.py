"""The branch that all push to: where it is, and moving it from one known commit to the next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError
from reconciler.sharing.git import without_credentials

if TYPE_CHECKING:
    from reconciler.sharing.place import Place

NETWORK_SECONDS = 60.0

# What a server says when somebody else has moved the branch in the very moment.
_RACES = (
    "cannot lock ref",
    "failed to update ref",
    "incorrect old value",
    "failed to lock",
    "reference already",
    "already been updated",
)
_REJECTED = re.compile(r"^!\t\S+\t\[(remote rejected|rejected)\] ?(.*)$", re.MULTILINE)


class RefusedError(RepositoryError):
    """The server does not take what is pushed, and will not take it the next time."""


def fetch(place: Place, seconds: float = NETWORK_SECONDS) -> str:
    """Return the commit that the branch is at, and have it here.

    Raises:
        RepositoryError: the remote cannot be asked, or has no such branch.
    """
    target = place.target
    if target.remote is not None:
        ran = place.git.run(
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-auto-maintenance",
            "--no-write-fetch-head",
            "--end-of-options",
            target.remote,
            f"+refs/heads/{target.branch}:{target.ref}",
            seconds=seconds,
        )
        if ran.code:
            if "couldn't find remote ref" in ran.said:
                how = f"; make it once: `git push {target.remote} HEAD:refs/heads/{target.branch}`"
            else:
                is_locked = ".lock': File exists" in ran.said
                how = (
                    " If no Git is at work there, one that was killed has left it: remove it"
                    if is_locked
                    else ""
                )
            raise RepositoryError(f"`{target}` cannot be fetched: {ran.said}{how}")
    tip = place.git.commit(target.ref)
    if tip is None:
        raise RepositoryError(f"there is no branch `{target}` yet: commit the tree, and push it first")
    return tip


def move(place: Place, tip: str, commit: str, seconds: float = NETWORK_SECONDS) -> str | None:
    """Move the branch from `tip` to `commit`, which comes after it.

    Returns:
        None if that is done; otherwise why not: somebody else has moved it meanwhile, or the answer was lost.

    Raises:
        RefusedError: the server refuses it for another reason.
        RepositoryError: Git has not ended in time.
    """
    target = place.target
    if target.remote is None:
        ran = place.git.run("update-ref", "-m", "reconciler: apply --commit", target.ref, commit, tip)
        return None if ran.code == 0 else ran.said
    ran = place.git.run(
        "push",
        "--porcelain",
        "--no-verify",
        "--no-follow-tags",
        # Compare-and-swap: where the branch was set back or removed meanwhile, it is not brought back.
        f"--force-with-lease=refs/heads/{target.branch}:{tip}",
        "--end-of-options",
        target.remote,
        f"{commit}:refs/heads/{target.branch}",
        seconds=seconds,
    )
    if ran.code == 0:
        return None
    rejected = _REJECTED.search(ran.out.decode("utf-8", "replace"))
    if rejected and rejected[1] == "remote rejected" and not any(each in rejected[2] for each in _RACES):
        raise RefusedError(
            f"`{target}` does not take the commit: {rejected[2].strip('()')}{_remote_words(ran.err)}; "
            "let whoever runs this push there (protected branches, hooks), or name another branch: --push-to"
        )
    return rejected[2].strip("()") if rejected else ran.said


def _remote_words(err: str) -> str:
    words = [line.removeprefix("remote:").strip() for line in err.splitlines() if line.startswith("remote:")]
    text = without_credentials("; ".join(each for each in words if each))[:500]
    return f" ({text})" if text else ""
