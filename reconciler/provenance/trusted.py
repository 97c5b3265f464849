"""The policy of a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.provenance.snapshot import snapshot
from reconciler.tree import SETTINGS_FILES, load_policy

if TYPE_CHECKING:
    from reconciler.model.desired import Desired
    from reconciler.provenance.repository import Repository

POLICY_PATHS = (*SETTINGS_FILES, "accounts", "roles", "identities", "dns-providers")


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
    with snapshot(repository, commit, repository.entries(commit, POLICY_PATHS), label) as folder:
        return load_policy(folder, label)


def has_tree(repository: Repository, commit: str) -> bool:
    """Say whether a commit has a tree at all."""
    return any(repository.read(commit, name) is not None for name in SETTINGS_FILES)
