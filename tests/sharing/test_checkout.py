"""What becomes of the user's own index, branch and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sharing.runs import Clock, begin, order, place_of, run_in, store, store_of

if TYPE_CHECKING:
    from tools.git_remote import Clone, Remote

SECONDS = 60.0


def publish_one(clone: Clone, number: int = 1) -> str | None:
    run = run_in(clone)
    store(clone).save_order(order(number))
    return run.publish(SECONDS).note


def test_the_branch_follows_and_nothing_is_left_to_commit(remote: Remote) -> None:
    a = remote.clone("a")
    assert publish_one(a) is None
    assert a.git("status", "--porcelain") == ""
    assert a.git("rev-parse", "main") == a.git("rev-parse", "origin/main")


def test_what_the_user_has_changed_stays_as_it_is(remote: Remote) -> None:
    a = remote.clone("a")
    a.write("roles/web.yaml", "changed\n")
    a.write("accounts/ca.yaml", "staged\n")
    a.git("add", "accounts/ca.yaml")
    a.write("new.yaml", "untracked\n")
    before = a.git("status", "--porcelain")
    assert publish_one(a) is None
    assert a.git("status", "--porcelain") == before
    assert a.git("diff", "--cached", "--name-only") == "accounts/ca.yaml"
    assert a.git("rev-parse", "main") == a.git("rev-parse", "origin/main")


def test_a_detached_checkout_stays_where_it_is(remote: Remote) -> None:
    a = remote.clone("a")
    a.git("checkout", "--quiet", "--detach")
    head, branch = a.git("rev-parse", "HEAD"), a.git("rev-parse", "main")
    assert publish_one(a) is None
    assert (a.git("rev-parse", "HEAD"), a.git("rev-parse", "main")) == (head, branch)
    # Nothing is in the way of what comes next.
    a.git("checkout", "--quiet", "main")
    a.git("pull", "--quiet")
    assert a.git("status", "--porcelain") == ""


def test_the_branch_does_not_follow_over_foreign_commits_and_pull_does(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    b.write("docs/page.md", "text")
    b.push("docs")
    head = a.git("rev-parse", "HEAD")
    note = publish_one(a)
    assert note == "the branch main stays where it is: other commits have come to `origin/main`; `git pull`"
    assert a.git("rev-parse", "HEAD") == head
    assert not (a.root / "docs/page.md").exists()
    a.git("pull", "--quiet")
    assert a.git("status", "--porcelain") == ""
    assert (a.root / "docs/page.md").exists()


def test_another_branch_is_left_alone(remote: Remote) -> None:
    a = remote.clone("a")
    a.git("checkout", "--quiet", "-b", "feature")
    head = a.git("rev-parse", "HEAD")
    publish_one(a)
    assert a.git("rev-parse", "feature") == head


def test_own_commits_are_not_pushed(remote: Remote) -> None:
    a = remote.clone("a")
    a.write("docs/page.md", "not ready")
    own = a.commit("not pushed")
    publish_one(a)
    assert own not in remote.log("%H")
    assert a.git("rev-parse", "main") == own
    a.git("pull", "--quiet", "--rebase", "--autostash")
    assert a.git("status", "--porcelain") == ""


def test_records_that_the_user_has_committed_and_not_pushed_are_shared(remote: Remote) -> None:
    """As after `order cancel` and `git commit`."""
    a = remote.clone("a")
    store(a).save_order(order(1))
    a.commit("a record")
    assert run_in(a).publish(SECONDS).pushes == 1
    assert a.public_files() == [f"state/orders/{order(1).order_id}.yaml"]


def test_an_index_that_is_in_use_is_said(remote: Remote) -> None:
    a = remote.clone("a")
    (a.root / ".git/index.lock").touch()
    note = publish_one(a)
    assert note is not None
    assert "index here could not be brought up to date" in note
    assert len(remote.log()) == 2


def test_a_shallow_clone_is_enough(remote: Remote) -> None:
    first = remote.clone("b")
    for number in range(3):
        first.push(f"commit {number}")
    a = remote.clone("a")
    a.git("clone", "--quiet", "--depth=1", f"file://{remote.path}", str(remote.folder / "shallow"))
    shallow = type(a)(remote.folder / "shallow")
    publish_one(a)
    assert publish_one(shallow, 2) is None
    assert len(shallow.public_files()) == 2
    assert len(remote.log()) == 6


def test_a_linked_working_tree_knows_what_it_comes_from(remote: Remote) -> None:
    a = remote.clone("a")
    a.git("worktree", "add", "--quiet", "--detach", str(remote.folder / "linked"))
    linked = type(a)(remote.folder / "linked")
    publish_one(a)
    publish_one(linked, 2)
    publish_one(a, 3)
    assert run_in(linked).publish(SECONDS).conflicts == []
    assert len(store(linked).orders()) == 3


def test_a_tree_in_a_folder_of_the_repository(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    for clone in (a, b):
        clone.write("pki/reconciler.yaml", "{}\n")
    place, other = (place_of(type(a)(clone.root / "pki"), trusted_ref="origin/main") for clone in (a, b))
    assert (place.tree, place.state, place.output) == ("pki/", "pki/state/", "pki/certs/")
    run = begin(place, Clock())
    store_of(place).save_order(order(1))
    run.publish(SECONDS)
    begin(other, Clock())
    assert set(store_of(other).orders()) == {order(1).order_id}
    assert a.public_files("pki") == [f"pki/state/orders/{order(1).order_id}.yaml"]


def test_without_a_remote_the_branch_here_moves(remote: Remote) -> None:
    a = remote.clone("a")
    a.git("remote", "remove", "origin")
    place = place_of(a, trusted_ref=None)
    assert str(place.target) == "main"
    run = begin(place, Clock())
    store(a).save_order(order(1))
    published = run.publish(SECONDS)
    assert (published.pushes, published.note) == (1, None)
    assert a.git("rev-parse", "main") == published.commit
    assert a.git("status", "--porcelain") == ""
    assert "state/orders" in a.git("show", "--stat=200", "--format=", "HEAD")


def test_without_a_remote_two_working_trees_share_the_branch(remote: Remote) -> None:
    a = remote.clone("a")
    a.git("remote", "remove", "origin")
    a.git("worktree", "add", "--quiet", "--detach", str(remote.folder / "linked"))
    linked = type(a)(remote.folder / "linked")
    place, other = place_of(a, trusted_ref=None), place_of(linked, trusted_ref=None, push_to="main")
    one, two = begin(place, Clock()), begin(other, Clock())
    store(a).save_order(order(1))
    store(linked).save_order(order(2))
    one.publish(SECONDS)
    two.publish(SECONDS)
    begin(place, Clock())
    assert len(store(a).orders()) == 2
