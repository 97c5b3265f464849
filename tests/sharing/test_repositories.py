"""Branches that are set back, and clones of other kinds than the plain one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.errors import RepositoryError, StateError
from reconciler.model.order import Stage
from reconciler.sharing import branch
from reconciler.store import Store
from tests.sharing.runs import NOW, WWW, Clock, begin, certificate, order, place_of, run_in, store, store_of
from tests.unit import values
from tools.git_remote import Clone

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.sharing.place import Place
    from tools.git_remote import Remote

SECONDS = 60.0


def before_the_next_push(patch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    move = branch.move

    def acting(place: Place, tip: str, commit: str, seconds: float) -> str | None:
        patch.setattr(branch, "move", move)
        act()
        return move(place, tip, commit, seconds)

    patch.setattr(branch, "move", acting)


def publish(clone: Clone, number: int) -> None:
    run = run_in(clone)
    store(clone).save_account(values.account())
    store(clone).save_order(order(number))
    run.publish(SECONDS)


def ids(clone: Clone) -> list[int]:
    return sorted(int(each[-12:]) for each in {**store(clone).orders(), **store(clone).archived_orders()})


def test_what_a_stranger_has_taken_off_the_branch_is_not_pushed_back(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    b.write("docs/secret.md", "to be taken back")
    secret = b.push("a mistake")
    run = run_in(a)
    store(a).save_order(order(1))
    before_the_next_push(
        monkeypatch, lambda: b.git("push", "--quiet", "--force", "origin", f"{secret}~:refs/heads/main")
    )
    assert run.publish(SECONDS).pushes == 1
    assert secret not in remote.log("%H")
    assert a.public_files() == [f"state/orders/{order(1).order_id}.yaml"]


def test_a_branch_that_is_set_back_gets_the_records_again(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    first = a.git("rev-parse", "HEAD")
    publish(a, 1)
    publish(a, 2)
    b.git("push", "--quiet", "--force", "origin", f"{first}:refs/heads/main")
    publish(b, 3)
    publish(a, 4)
    run_in(b)
    assert ids(a) == ids(b) == [1, 2, 3, 4]


def test_a_branch_that_is_removed_is_not_made_again(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    a.git("push", "--quiet", "origin", "main:state")
    run = run_in(a, push_to="origin/state")
    store(a).save_order(order(1))
    before_the_next_push(monkeypatch, lambda: b.git("push", "--quiet", "origin", ":state"))
    with pytest.raises(RepositoryError, match="`origin/state` cannot be fetched"):
        run.publish(SECONDS)
    assert "refs/heads/state" not in b.git("ls-remote", "origin")
    assert ids(a) == [1]


def test_a_server_with_other_words_for_a_lost_race(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    run = run_in(a)
    store(a).save_order(order(1))

    def refuse(*_: object) -> None:
        monkeypatch.undo()
        publish(b, 2)
        raise branch.RefusedError("TF401028: somebody else has it")

    monkeypatch.setattr(branch, "move", refuse)
    assert run.publish(SECONDS).pushes == 1
    assert ids(a) == [1, 2]


def test_a_commit_of_the_state_that_people_revert_is_reverted(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    publish(a, 1)
    publish(a, 2)
    b.git("pull", "--quiet")
    b.git("revert", "--no-edit", "HEAD")
    b.git("push", "--quiet", "origin", "main")
    assert run_in(a).publish(SECONDS).conflicts == []
    assert ids(a) == [1]


def test_a_state_that_people_have_removed_is_not_begun_anew_by_itself(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    with store(a).lock("apply", NOW):
        publish(a, 1)
    b.git("pull", "--quiet")
    b.git("rm", "-r", "--quiet", "state")
    b.git("commit", "--quiet", "-m", "tidied up")
    b.git("push", "--quiet", "origin", "HEAD:main")
    with pytest.raises(StateError, match="the state was removed from `origin/main`: put it back there"):
        run_in(a)
    assert ids(a) == [1]
    b.git("revert", "--no-edit", "HEAD")
    b.git("push", "--quiet", "origin", "HEAD:main")
    publish(a, 2)
    assert len(a.public_files("state/orders")) == 2


def test_claims_that_come_back_by_a_revert_end(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    run = run_in(a)
    run.claim([WWW], 0)
    run.publish(SECONDS)
    b.git("pull", "--quiet")
    b.git("revert", "--no-edit", "HEAD")
    b.git("push", "--quiet", "origin", "main")
    clock = Clock()
    assert len(run_in(b, clock).other_claims()) == 1
    clock.seconds = 16 * 60
    assert not run_in(b, clock).other_claims()[0].holds(clock.now())


def test_a_merge_by_people_is_taken_as_it_is(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    publish(a, 1)
    b.git("pull", "--quiet")
    b.git("checkout", "--quiet", "-b", "side")
    store(b).save_order(replace(order(1), stage=Stage.COMPLETED))
    b.commit("by hand")
    b.git("checkout", "--quiet", "main")
    publish(a, 2)
    b.git("pull", "--quiet")
    b.git("merge", "--quiet", "--no-edit", "side")
    b.git("push", "--quiet", "origin", "main")
    assert run_in(a).publish(SECONDS).conflicts == []
    assert store(a).order(order(1).order_id).stage is Stage.COMPLETED
    assert ids(a) == [1, 2]


def test_a_claim_that_nobody_can_read_is_said(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    b.write("state/claims/certificates/www.yaml", "<<<<<<< HEAD\n")
    b.push("a merge by hand")
    with pytest.raises(StateError, match=r"state/claims/certificates/www\.yaml on `origin/main` is no claim"):
        run_in(a)


def test_a_rebase_that_is_under_way_gets_nothing_of_ours(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    b.write("docs/page.md", "one")
    b.push()
    a.write("docs/page.md", "another")
    a.commit()
    a.git("pull", "--quiet", "--rebase", code=1)
    run = run_in(a)
    store(a).save_order(order(1))
    note = run.publish(SECONDS).note
    assert note == "a rebase is under way here: Git's index was left as it is"
    a.write("docs/page.md", "both")
    a.git("add", "docs/page.md")
    a.git("-c", "core.editor=true", "rebase", "--continue")
    assert a.git("show", "--name-only", "--format=") == "docs/page.md"


@pytest.mark.parametrize("left_out", ["state/archive", "state/accounts", "state", "cone"])
def test_a_sparse_checkout_loses_nothing(remote: Remote, left_out: str) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    publish(a, 1)
    run = run_in(a)
    store(a).archive_order(order(1).order_id)
    store(a).save_order(order(2))
    run.publish(SECONDS)
    b.git("pull", "--quiet")
    if left_out == "cone":
        left_out = "state/archive"
        b.git("sparse-checkout", "set", "--sparse-index", "accounts", "certificates", "roles", "state/orders")
    else:
        b.git("sparse-checkout", "set", "--no-cone", "/*", f"!/{left_out}/")
    assert not (b.root / left_out).exists()
    publish(b, 3)
    run_in(a)
    assert ids(a) == ids(b) == [1, 2, 3]
    assert store(b).accounts().keys() == {"ca"}
    # What is moved from there now is moved, though Git was told to leave it out.
    run = run_in(b)
    store(b).archive_order(order(2).order_id)
    run.publish(SECONDS)
    run_in(a)
    assert set(store(a).orders()) == {order(3).order_id}


@pytest.mark.parametrize("attributes", ["* text=auto eol=crlf", "* text=auto", "*.yaml ident"])
def test_line_ends_of_a_checkout_are_no_changes(remote: Remote, attributes: str) -> None:
    a = remote.clone("a")
    a.write(".gitattributes", f"{attributes}\n")
    a.push("other line ends")
    publish(a, 1)
    b = Clone(remote.folder / "b")
    a.git("clone", "--quiet", "-c", "core.autocrlf=true", str(remote.path), str(b.root))
    path = f"state/orders/{order(1).order_id}.yaml"
    if "auto" in attributes:
        assert b"\r\n" in (b.root / path).read_bytes()
    before = a.shared_object(path)
    run = run_in(a)
    store(a).save_order(replace(order(1), stage=Stage.COMPLETED))
    run.publish(SECONDS)
    # The checkout of b is older.
    other = run_in(b)
    store(b).save_order(order(2))
    published = other.publish(SECONDS)
    assert (published.pushes, published.conflicts) == (1, [])
    assert a.shared_object(path) != before
    assert "\r" not in a.shared(path)
    assert store(b).order(order(1).order_id).stage is Stage.COMPLETED


def test_a_state_that_git_is_told_to_ignore_is_shared_all_the_same(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    a.write(".gitignore", "state/\ncerts/\n")
    a.push("ignored")
    b.git("pull", "--quiet")
    publish(a, 1)
    publish(b, 2)
    run_in(a)
    assert ids(a) == [1, 2]
    assert b.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    "options", [["--filter=blob:none"], ["--filter=tree:0"], ["--shared"], ["--depth=1"]]
)
def test_clones_that_have_not_all(remote: Remote, options: list[str]) -> None:
    a = remote.clone("a")
    publish(a, 1)
    publish(a, 2)
    for setting in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        a.git("-C", str(remote.path), "config", setting, "true")
    other = Clone(remote.folder / "other")
    address = str(remote.path) if options == ["--shared"] else f"file://{remote.path}"
    a.git("clone", "--quiet", *options, address, str(other.root))
    publish(a, 3)
    publish(other, 4)
    run_in(a)
    assert ids(a) == ids(other) == [1, 2, 3, 4]


def test_two_trees_in_one_repository(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    a.write("pki/reconciler.yaml", "{}\n")
    a.push("another tree")
    b.git("pull", "--quiet")
    inner = place_of(Clone(a.root / "pki"), trusted_ref="origin/main")
    outer = run_in(a)
    one = begin(inner, Clock())
    assert one.claim([WWW], 0)
    # The branch is one, and a race is lost by that; but a state has claims of its own.
    assert not outer.claim([WWW], 0)
    assert outer.other_claims() == ()
    assert outer.claim([WWW], 1)
    store(a).save_order(order(1))
    store_of(inner).save_order(order(2))
    outer.publish(SECONDS)
    one.publish(SECONDS)
    run_in(b)
    begin(place_of(Clone(b.root / "pki"), trusted_ref="origin/main"), Clock())
    assert ids(b) == [1]
    assert set(Store(b.root / "pki/state").orders()) == {order(2).order_id}
    assert not any("/claims/" in path for path in (*a.public_files(), *a.public_files("pki")))


def test_a_signer_that_fails_is_said_before_anything_is_claimed(remote: Remote) -> None:
    a = remote.clone("a")
    a.git("config", "commit.gpgSign", "true")
    a.git("config", "gpg.program", "false")
    with pytest.raises(RepositoryError, match="the commit could not be made and signed"):
        run_in(a).claim([WWW], 0)
    assert len(remote.log()) == 1


def test_what_people_have_staged_beside_the_certificates_stays_staged(remote: Remote) -> None:
    a = remote.clone("a")
    a.write("certs/README.md", "ours")
    a.write("certs/.gitignore", "privkey.pem\n")
    a.write("state/.note", "ours")
    a.git("add", "--force", "certs", "state/.note")
    before = a.git("status", "--porcelain")
    publish(a, 1)
    assert a.git("status", "--porcelain") == before


def test_a_run_that_was_killed_half_way_brings_nothing_back(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had pushed, or had brought here, is not taken for its own change later on."""
    a, b = remote.clone("a"), remote.clone("b")
    run = run_in(a)
    store(a).save_certificate(certificate(1))
    move = branch.move

    def killed(*arguments: object) -> None:
        move(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(branch, "move", killed)
    with pytest.raises(KeyboardInterrupt):
        run.publish(SECONDS)
    monkeypatch.setattr(branch, "move", move)
    other = run_in(b)
    store(b).archive_certificate(certificate(1))
    other.publish(SECONDS)
    assert run_in(a).publish(SECONDS).pushes == 0
    assert store(a).certificates() == {}
