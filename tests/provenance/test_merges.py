"""Requests that come by merges: whose they are, and what a merge cannot bring back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.provenance.outcomes import requesters

if TYPE_CHECKING:
    from tests.acceptance.conftest import RunProgram
    from tests.provenance.git_tree import GitTree, Person


def test_a_merged_request_is_its_signers(
    tree: GitTree, alice: Person, bob: Person, mallory: Person, program: RunProgram
) -> None:
    for person in (alice, bob):
        tree.branch(f"topic-{person.name}", "main")
        tree.request(person.name, f"{person.name}.users.example.com")
        tree.commit(person)
    tree.switch("main")
    tree.merge("topic-alice", mallory)
    tree.merge("topic-bob")
    assert requesters(program) == {"alice": "alice", "bob": "bob"}


def test_merging_main_into_a_topic_changes_no_requester(
    tree: GitTree, alice: Person, bob: Person, program: RunProgram
) -> None:
    tree.branch("topic")
    tree.request("alice", "alice.users.example.com")
    tree.commit(alice)
    tree.switch("main")
    tree.request("bob", "bob.users.example.com")
    tree.commit(bob)
    tree.switch("topic")
    tree.merge("main")
    assert requesters(program) == {"alice": "alice", "bob": "bob"}


def test_a_merge_that_makes_a_request_of_its_own_is_its_signers(
    tree: GitTree, alice: Person, bob: Person, program: RunProgram
) -> None:
    tree.request("mine", "bob.users.example.com")
    tree.commit(alice)
    tree.branch("topic")
    tree.request("mine", "a.bob.users.example.com")
    tree.commit(alice)
    tree.switch("main")
    tree.request("mine", "b.bob.users.example.com")
    tree.commit(alice)
    tree.git("merge", "--no-commit", "--strategy=ours", "topic")
    tree.request("mine", "a.bob.users.example.com", "b.bob.users.example.com")
    tree.commit(bob)
    assert requesters(program) == {"mine": "bob"}


def test_a_merge_cannot_bring_back_a_removed_request_in_its_authors_name(
    tree: GitTree, alice: Person, mallory: Person, program: RunProgram
) -> None:
    tree.request("mine", "alice.users.example.com")
    requested = tree.commit(alice)
    tree.write("certificates/mine.yaml", None)
    removed = tree.commit(alice)
    restored = tree.git("rev-parse", f"{requested}^{{tree}}")
    for parents in ((removed, requested), (requested, removed)):
        merge = tree.git(
            "commit-tree", restored, *(word for each in parents for word in ("-p", each)), "-m", "merge"
        )
        tree.git("reset", "--quiet", "--hard", merge)
        assert (
            f"commit {merge[:12]}, which last changed the request, is not signed"
            in requesters(program)["mine"]
        )


def test_a_merge_cannot_bring_back_an_earlier_request_in_its_authors_name(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    tree.request("mine", "old.alice.users.example.com")
    requested = tree.commit(alice)
    tree.request("mine", "new.alice.users.example.com")
    changed = tree.commit(alice)
    # The old request travels on a branch that has nothing to do with it.
    tree.branch("topic", requested)
    tip = tree.commit(message="harmless")
    merge = tree.git("commit-tree", f"{tip}^{{tree}}", "-p", changed, "-p", tip, "-m", "merge")
    tree.git("reset", "--quiet", "--hard", merge)
    assert f"commit {merge[:12]}" in requesters(program)["mine"]


def test_a_request_that_two_branches_share_keeps_its_signer(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    for name in ("one", "two"):
        tree.branch(name, "main")
        tree.write(f"{name}.txt", name)
        tree.commit()
    tree.switch("one")
    tree.merge("two")
    assert requesters(program) == {"mine": "alice"}


def test_an_octopus_merge_takes_each_request_from_its_branch(
    tree: GitTree, alice: Person, bob: Person, program: RunProgram
) -> None:
    for person in (alice, bob):
        tree.branch(person.name, "main")
        tree.request(person.name, f"{person.name}.users.example.com")
        tree.commit(person)
    tree.switch("main")
    tree.commit(message="main moves on")
    tree.git("merge", "--quiet", "--no-ff", "-m", "octopus", "alice", "bob")
    assert len(tree.git("rev-list", "--parents", "-1", "HEAD").split()) == 4
    assert requesters(program) == {"alice": "alice", "bob": "bob"}


def test_a_pull_request_as_the_forge_merges_it_for_a_trial(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    tree.branch("topic")
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    tree.switch("main")
    tree.commit(message="main moves on")
    tree.publish()
    tree.git("checkout", "--quiet", "--detach")
    tree.merge("topic")
    assert requesters(program) == {"mine": "alice"}


def test_a_merge_of_an_old_side_does_not_hide_who_asked_again(
    tree: GitTree, alice: Person, mallory: Person, program: RunProgram
) -> None:
    tree.request("mine", "alice.users.example.com")
    requested = tree.commit(alice)
    tree.branch("topic")
    tip = tree.commit(message="harmless")
    tree.switch("main")
    tree.write("certificates/mine.yaml", None)
    tree.commit(alice)
    tree.request("mine", "alice.users.example.com")
    again = tree.commit(mallory)
    for side in (requested, tip):
        for parents in ((side, again), (again, side)):
            both = [word for each in parents for word in ("-p", each)]
            merge = tree.git("commit-tree", f"{again}^{{tree}}", *both, "-m", "merge")
            tree.git("reset", "--quiet", "--hard", merge)
            assert f"commit {again[:12]}, which last changed the request" in requesters(program)["mine"]


def test_a_request_in_the_first_commit_of_all(tree: GitTree, alice: Person, program: RunProgram) -> None:
    tree.git("checkout", "--quiet", "--orphan", "fresh")
    tree.request("mine", "alice.users.example.com")
    tree.commit(alice)
    assert requesters(program) == {"mine": "alice"}
