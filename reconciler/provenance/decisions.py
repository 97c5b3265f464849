"""Which commits count as decisions of people: not those that only have the state."""

from __future__ import annotations

import posixpath
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.settings import Settings
    from reconciler.provenance.repository import Repository

_MOST = 20_000  # pushes of state between two commits of people


def last_decision(repository: Repository, head: str, settings: Settings) -> str:
    """Return the last commit on the line of first parents that has more than state and certificates.

    Policy counts for what is asked for after it, from the next commit. A commit that `apply --commit` has
    pushed is nobody's leave: otherwise the next run would let through a policy and a request of one commit.

    Args:
        repository: where the history is.
        head: the commit that is planned or applied.
        settings: the policy's: where state and output are.

    Raises:
        RepositoryError: the history cannot be read.
    """
    # They are never among the folders of the tree: settings that say so are in error.
    folders = map(posixpath.normpath, (settings.state, settings.output))
    own = tuple(f"{each}/" for each in folders if not each.startswith(("/", ".")))
    if not own:
        return head
    options = ("--first-parent", "--parents", f"--max-count={_MOST}")
    lines = repository.output("rev-list", *options, head, "--").splitlines()
    last = head
    with tempfile.TemporaryFile() as pairs:
        for line in lines:
            pairs.write(" ".join(line.split(" ")[:2]).encode("ascii") + b"\n")
        pairs.seek(0)
        for commit, paths in repository.changed_paths(pairs, ""):
            last = commit
            if not paths or not all(path.startswith(own) for path in paths):
                break
    return last
