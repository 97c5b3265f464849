from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.conftest import program
from tests.provenance.git_tree import POLICY, GitTree, Person

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["program"]


@pytest.fixture
def alice(tmp_path: Path) -> Person:
    return Person.make(tmp_path, "alice")


@pytest.fixture
def bob(tmp_path: Path) -> Person:
    return Person.make(tmp_path, "bob")


@pytest.fixture
def mallory(tmp_path: Path) -> Person:
    """Return somebody who may commit, and is no identity."""
    return Person.make(tmp_path, "mallory")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alice: Person, bob: Person) -> GitTree:
    """Return a tree whose policy, with alice and bob as identities, is on origin/main, and run in it."""
    tree = GitTree(tmp_path / "tree")
    for path, text in POLICY.items():
        tree.write(path, text)
    for person in (alice, bob):
        tree.write(f"identities/{person.name}.yaml", person.identity())
    tree.commit(message="policy")
    tree.publish()
    monkeypatch.chdir(tree.root)
    # Git reads the developer's configuration, and gpg the developer's keyring, from here.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return tree
