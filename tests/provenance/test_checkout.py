"""What a run is made from, and who asked as far as Git says: in real repositories."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.cli.workspace import open_trusted
from reconciler.errors import RepositoryError
from reconciler.model.evidence import Requester
from reconciler.model.origin import CommitAuthor, Origin
from reconciler.provenance.checkout import find_checkout, find_requesters
from reconciler.tree import load_tree
from tests.provenance.git_tree import Person

if TYPE_CHECKING:
    from pathlib import Path

    from tests.provenance.git_tree import GitTree

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def who(tree: GitTree, *recorded: Requester) -> dict[str, Requester | CommitAuthor]:
    workspace = open_trusted(tree.root, applying=True)
    specs = list(workspace.desired.certificates.values())
    return dict(find_requesters(tree.root, workspace.trust, specs, NOW, recorded))


def without_trust(tree: GitTree) -> dict[str, Requester | CommitAuthor]:
    specs = list(load_tree(tree.root).certificates.values())
    return dict(find_requesters(tree.root, None, specs, NOW))


def author(commit: str, name: str = "somebody", email: str = "somebody@example.com") -> CommitAuthor:
    return CommitAuthor(commit, name, email)


def test_outside_of_git_nothing_is_known(tmp_path: Path) -> None:
    assert find_checkout(tmp_path, ()) == Origin()
    assert find_requesters(tmp_path, None, [], NOW) == {}


def test_the_commit_is_the_one_that_is_checked_out(tree: GitTree) -> None:
    assert find_checkout(tree.root, ()) == Origin(tree.head)


@pytest.mark.parametrize("path", ["roles/web.yaml", "certificates/new.yaml", "certificates/new.csr"])
def test_files_that_differ_or_are_new_are_told(tree: GitTree, path: str) -> None:
    tree.write(path, "{}\n")
    assert find_checkout(tree.root, ()) == Origin(tree.head, is_modified=True)


def test_what_the_program_writes_and_what_git_ignores_is_no_change(tree: GitTree) -> None:
    tree.write(".gitignore", "*.log\n")
    commit = tree.commit()
    tree.write("state/meta.yaml", "{}\n")
    tree.write("deep/certs/www/cert.pem", "x\n")
    tree.write("apply.log", "x\n")
    own = (tree.root / "state", tree.root / "deep/certs")
    assert find_checkout(tree.root, own) == Origin(commit)
    commit = tree.commit()
    tree.write("deep/certs/www/cert.pem", "y\n")
    assert find_checkout(tree.root, own) == Origin(commit)
    assert find_checkout(tree.root, own[:1]) == Origin(commit, is_modified=True)


def test_new_files_beside_those_of_the_tree_are_no_change(tree: GitTree) -> None:
    """A saved plan and reports are often written into the checkout of a pipeline."""
    for name in ("plan.json", "reports/plan.md", "reconciler.yaml.bak"):
        tree.write(name, "{}\n")
    assert find_checkout(tree.root, ()) == Origin(tree.head)


def test_only_the_tree_is_looked_at_where_it_is_a_part_of_a_repository(tree: GitTree) -> None:
    tree.write("inner/reconciler.yaml", "{}\n")
    commit = tree.commit()
    tree.write("README.md", "other\n")
    assert find_checkout(tree.root / "inner", ()) == Origin(commit)
    tree.write("inner/reconciler.yaml", "state: elsewhere\n")
    assert find_checkout(tree.root / "inner", ()) == Origin(commit, is_modified=True)


def test_hooks_and_monitors_of_the_repository_do_not_run(tree: GitTree, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    tree.git("config", "core.fsmonitor", str(program))
    tree.git("config", "core.hooksPath", str(tmp_path))
    (tmp_path / "post-index-change").symlink_to(program)
    before = (tree.root / ".git/index").stat().st_mtime_ns
    (tree.root / "reconciler.yaml").touch()
    assert find_checkout(tree.root, ()) == Origin(tree.head)
    assert not (tmp_path / "ran").exists()
    assert (tree.root / ".git/index").stat().st_mtime_ns == before


def test_a_repository_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(RepositoryError):
        find_checkout(tmp_path, ())


def test_an_author_is_a_claim_and_a_signature_of_an_identity_a_proof(
    tree: GitTree, alice: Person, mallory: Person
) -> None:
    tree.request("unsigned", "www.example.com", role="web")
    unsigned = tree.commit(None, GIT_AUTHOR_NAME="Älice <b>", GIT_AUTHOR_EMAIL="alice@example.com")
    tree.request("signed", "www.example.com", role="web")
    signed = tree.commit(alice)
    tree.request("foreign", "www.example.com", role="web")
    foreign = tree.commit(mallory)
    tree.publish()
    found = who(tree)
    assert found["unsigned"] == author(unsigned, "Älice b", "alice@example.com")
    assert found["foreign"] == author(foreign)
    proved = found["signed"]
    assert isinstance(proved, Requester)
    assert (proved.commit, proved.entity_id, proved.entity_name) == (signed, "id-alice", "alice")
    assert proved.fingerprint.startswith("SHA256:")


def test_without_a_trusted_policy_nothing_is_proved(tree: GitTree, alice: Person) -> None:
    tree.write("reconciler.yaml", "{}\n")
    tree.request("signed", "www.example.com", role="web")
    commit = tree.commit(alice)
    assert without_trust(tree) == {"signed": author(commit)}


def test_nobody_has_asked_for_what_is_in_no_commit(tree: GitTree) -> None:
    tree.request("new", "www.example.com", role="web")
    assert who(tree) == {}


def test_hostile_authors_are_readable_and_short(tree: GitTree) -> None:
    tree.request("it", "www.example.com", role="web")
    tree.git("add", "--all")
    tree_hash = tree.git("write-tree")
    for header, name, email in (
        (b"author \x1b[2J\xe2\x80\xae\xff <e\x07vil> 1 +0000", "\ufffd[2J\ufffd\ufffd", "e\ufffdvil"),
        (b"author " + b"x" * 9000 + b" <" + b"y" * 9000 + b"> 1 +0000", "x" * 200, "y" * 200),
        (b"author <> 1 +0000", "", ""),
    ):
        raw = (
            b"tree %s\nparent %s\n%s\ncommitter c <c> 1 +0000\n\nauthor mallory <m@example.com> 1 +0000\n"
            % (tree_hash.encode(), tree.git("rev-parse", "origin/main").encode(), header)
        )
        (tree.root / ".git/raw").write_bytes(raw)
        commit = tree.git("hash-object", "-t", "commit", "-w", "--literally", ".git/raw")
        tree.git("update-ref", "refs/heads/main", commit)
        assert without_trust(tree) == {"it": CommitAuthor(commit, name, email)}
        tree.git("update-ref", "refs/heads/main", "refs/remotes/origin/main")


def test_an_identity_that_comes_with_the_request_proves_nothing(tree: GitTree, mallory: Person) -> None:
    tree.write("identities/mallory.yaml", mallory.identity())
    tree.request("it", "www.example.com", role="web")
    commit = tree.commit(mallory)
    tree.publish()
    assert who(tree) == {"it": author(commit)}


def test_what_was_proved_stays_so_when_the_key_has_gone(tree: GitTree, alice: Person, tmp_path: Path) -> None:
    tree.request("it", "www.example.com", role="web")
    tree.commit(alice)
    tree.publish()
    [proved] = who(tree).values()
    assert isinstance(proved, Requester)
    tree.write("identities/alice.yaml", Person.make(tmp_path, "other").identity(name="alice"))
    tree.commit()
    tree.publish()
    assert who(tree) == {"it": author(proved.commit)}
    assert who(tree, proved) == {"it": proved}
    # Not of another commit, and not as a record says that anybody can commit.
    elsewhere = replace(proved, commit=tree.head)
    assert who(tree, elsewhere) == {"it": author(proved.commit)}
    tree.write("state/meta.yaml", "{}\n")
    tree.commit()
    tree.publish()
    assert who(tree, proved) == {"it": author(proved.commit)}
