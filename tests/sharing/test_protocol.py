"""Two clones of one remote: claims, races, refusals, and runs that end in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.errors import RepositoryError, StalePlanError, StateError
from reconciler.model.claim import ClaimKind
from reconciler.model.order import Stage
from reconciler.plan.claimed import Subject
from reconciler.sharing import branch
from reconciler.sharing.branch import RefusedError
from reconciler.sharing.git import without_credentials
from reconciler.store import event_chain, event_log
from tests.sharing.runs import NOW, WWW, Clock, certificate, order, place_of, run_in, store
from tests.unit import values
from tools.git_remote import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.sharing.place import Place
    from tools.git_remote import Clone, Remote

SECONDS = 60.0


def files(clone: Clone) -> list[str]:
    return sorted(
        path.relative_to(clone.root).as_posix()
        for path in (clone.root / "state").rglob("*")
        if path.is_file()
    )


def before_the_next_push(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen between the look at the branch and the push."""
    move = branch.move
    done: list[bool] = []

    def raced(place: Place, tip: str, commit: str, seconds: float = SECONDS) -> str | None:
        if not done:
            done.append(True)
            act()
        return move(place, tip, commit, seconds)

    monkeypatch.setattr(branch, "move", raced)


def test_what_each_of_two_has_done_is_with_both(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    one, other = run_in(a), run_in(b)
    store(a).save_order(order(1, "a"))
    store(b).save_order(order(2, "b"))
    one.publish(SECONDS)
    assert other.publish(SECONDS).conflicts == []
    run_in(a)
    assert {each.certificate_name for each in store(a).orders().values()} == {"a", "b"}
    assert files(a) == files(b) == a.public_files()


def test_a_lost_race_is_run_again(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    clock = Clock()
    one, other = run_in(a, clock), run_in(b)
    store(a).save_order(order(1, "a"))
    store(b).save_order(order(2, "b"))
    before_the_next_push(monkeypatch, lambda: other.publish(SECONDS))
    published = one.publish(SECONDS)
    assert (published.pushes, published.tries) == (1, 2)
    assert len(clock.waits) == 1
    assert len(store(a).orders()) == 2
    assert len(remote.log()) == 3


def test_who_is_first_has_the_claim(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    one, other = run_in(a), run_in(b)
    before_the_next_push(monkeypatch, lambda: other.claim([WWW], 0))
    assert one.claim([WWW], 0) is False
    [claim] = one.other_claims()
    assert (claim.name, claim.account_name, claim.holder) == ("www", "ca", "ci@runner")
    assert other.other_claims() == ()
    # What nobody has claimed is still to be had.
    assert one.claim([Subject(ClaimKind.CERTIFICATE, "api")], 1)
    assert {each.name for each in store(a).claims()} == {"www", "api"}


def test_claims_go_with_what_has_become_of_them(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    one, other = run_in(a), run_in(b)
    one.claim([WWW], 0)
    store(a).save_order(order(1))
    one.publish(SECONDS)
    other.sync()
    assert other.other_claims() == ()
    assert store(b).order(order(1).order_id).certificate_name == "www"
    assert len(remote.log()) == 3
    assert not any("claims" in path for path in files(a) + files(b))


def test_a_run_with_nothing_to_do_pushes_nothing(remote: Remote) -> None:
    a = remote.clone("a")
    run = run_in(a)
    with store(a).lock("apply", values.NOW):
        published = run.publish(SECONDS)
    assert published.pushes == 0
    assert len(remote.log()) == 1


def test_a_claim_counts_until_its_end_and_is_then_taken_over(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    run_in(a).claim([WWW], 0)
    clock = Clock()
    other = run_in(b, clock)
    [claim] = other.other_claims()
    assert claim.holds(clock.now())
    clock.seconds = 16 * 60
    assert not claim.holds(clock.now())
    assert other.claim([WWW], 0)
    [taken] = store(b).claims()
    assert taken.run_id != claim.run_id


def test_a_clock_that_is_ahead_takes_away_no_claims_of_others(remote: Remote) -> None:
    """What it does about these itself cannot be helped; a third run keeps off."""
    a, b, c = remote.clone("a"), remote.clone("b"), remote.clone("c")
    api = Subject(ClaimKind.CERTIFICATE, "api", "ca")
    assert run_in(a).claim([WWW], 0)
    ahead = run_in(b, Clock(3600))
    assert not any(each.holds(Clock(3600).now()) for each in ahead.other_claims())
    assert ahead.claim([api], 0)
    store(b).save_order(order(2, "api"))
    ahead.publish(SECONDS)
    [left] = run_in(c).other_claims()
    assert (left.name, left.holds(NOW)) == ("www", True)


def test_a_claim_of_a_killed_run_in_the_same_clone_holds_nothing_up(remote: Remote) -> None:
    a = remote.clone("a")
    run_in(a).claim([WWW, Subject(ClaimKind.ACCOUNT, "ca")], 0)
    again = run_in(a)
    assert again.other_claims() == ()
    assert again.claim([WWW], 0)
    assert len(store(a).claims()) == 1


def test_a_killed_run_leaves_its_records_to_the_next_one_here(remote: Remote) -> None:
    """Killed between the order and the push, on a machine that stays."""
    a, b = remote.clone("a"), remote.clone("b")
    one = run_in(a)
    one.claim([WWW], 0)
    store(a).save_order(order(1))
    other = run_in(b)
    store(b).save_order(order(2, "b"))
    other.publish(SECONDS)
    again = run_in(a)
    assert set(store(a).orders()) == {order(1).order_id, order(2).order_id}
    again.publish(SECONDS)
    assert f"state/orders/{order(1).order_id}.yaml" in a.public_files()
    assert not any("claims" in path for path in a.public_files())


def test_killed_between_the_push_and_the_end(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    a = remote.clone("a")
    run = run_in(a)
    store(a).save_order(order(1))
    move = branch.move

    def killed(*arguments: object) -> str | None:
        move(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(branch, "move", killed)
    with pytest.raises(KeyboardInterrupt):
        run.publish(SECONDS)
    monkeypatch.setattr(branch, "move", move)
    published = run_in(a).publish(SECONDS)
    assert published.pushes == 0
    assert published.conflicts == []
    assert len(remote.log()) == 2


def test_an_answer_that_is_lost_is_found_out(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    a = remote.clone("a")
    run = run_in(a)
    store(a).save_order(order(1))
    move = branch.move

    def lost(*arguments: object) -> str | None:
        move(*arguments)  # type: ignore[arg-type]
        return "the connection was closed"

    monkeypatch.setattr(branch, "move", lost)
    assert run.publish(SECONDS).pushes == 1
    assert len(remote.log()) == 2


def test_a_hook_that_refuses_is_no_race(remote: Remote) -> None:
    a = remote.clone("a")
    run = run_in(a)
    store(a).save_order(order(1))
    remote.hook("pre-receive", "echo 'only by merge requests' >&2; exit 1")
    with pytest.raises(
        RefusedError, match=r"pre-receive hook declined \(only by merge requests\).*--push-to"
    ):
        run.publish(SECONDS)
    assert len(remote.log()) == 1
    assert store(a).open_order(order(1).order_id) == order(1)


def test_a_remote_that_is_away_is_asked_again_and_then_given_up(remote: Remote) -> None:
    a = remote.clone("a")
    clock = Clock()
    run = run_in(a, clock)
    store(a).save_order(order(1))
    remote.path.rename(remote.folder / "elsewhere")
    with pytest.raises(RepositoryError, match="`origin/main` cannot be fetched: "):
        run.publish(SECONDS)
    assert len(clock.waits) == 2
    (remote.folder / "elsewhere").rename(remote.path)
    run_in(a).publish(SECONDS)
    assert len(remote.log()) == 2


def test_a_password_in_the_address_of_a_remote_is_not_said(remote: Remote) -> None:
    a = remote.clone("a")
    a.git("remote", "set-url", "origin", "https://somebody:s3cret@localhost:1/x.git")
    with pytest.raises(RepositoryError, match="cannot be fetched") as raised:
        run_in(a)
    assert "s3cret" not in str(raised.value)
    assert without_credentials("to https://a:b@host/x, https://host/y") == "to https://host/x, https://host/y"


def test_others_that_are_always_faster_end_it(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    clock = Clock()
    run = run_in(a, clock)
    store(a).save_order(order(1))
    move = branch.move

    def outrun(place: Place, tip: str, commit: str, seconds: float = SECONDS) -> str | None:
        b.git("pull", "--quiet", "origin", "main")
        b.push("somebody else")
        return move(place, tip, commit, seconds)

    monkeypatch.setattr(branch, "move", outrun)
    with pytest.raises(RepositoryError, match="others were faster with `origin/main` each of"):
        run.publish(5)
    assert 5 <= clock.seconds < 15
    assert max(clock.waits) <= 4


def test_both_have_moved_one_order(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    first = run_in(a)
    store(a).save_order(order(1))
    first.publish(SECONDS)
    one, other = run_in(a), run_in(b)
    store(a).save_order(replace(order(1, stage=Stage.PROCESSING_CHALLENGE), order_url="https://ca.test/1"))
    store(b).save_order(order(1, stage=Stage.COMPLETED))
    other.publish(SECONDS)
    [conflict] = one.publish(SECONDS).conflicts
    assert not conflict.ours_stays
    assert store(a).order(order(1).order_id).stage is Stage.COMPLETED
    [kept] = conflict.kept
    assert "stage: processing_challenge" in a.shared(kept)
    assert "1 conflict kept" in remote.log()[0]


def test_what_each_of_two_has_written_down_becomes_one_log(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    with store(a).lock("apply", values.NOW):
        first = run_in(a)
        _write_down(a, "first")
        first.publish(SECONDS)
    one, other = run_in(a), run_in(b)
    _write_down(a, "a")
    _write_down(b, "b")
    one.publish(SECONDS)
    assert other.publish(SECONDS).conflicts == []
    lines = list(event_log.read(store(b).event_log))
    assert [event_chain.parsed(line)["run"] for line in lines] == ["first", "a", "b"]  # type: ignore[index]
    assert list(event_chain.verify(lines, store(b).lineage)) == []
    assert b.shared("state/events.jsonl").encode() + b"\n" == b"".join(lines)


def _write_down(clone: Clone, run: str) -> None:
    entry = {"time": "2026-06-01T12:00:00Z", "run": run, "event": "run_started"}
    event_log.append(store(clone).event_log, [entry], store(clone).lineage)


def test_two_orders_for_one_certificate_are_both_there(remote: Remote) -> None:
    """What a run that had lost its claim has made is not lost: a plan says which of the two goes."""
    a, b = remote.clone("a"), remote.clone("b")
    one, other = run_in(a), run_in(b)
    store(a).save_order(order(1))
    store(b).save_order(order(2))
    one.publish(SECONDS)
    other.publish(SECONDS)
    assert len(store(b).orders()) == 2


def test_a_pipeline_that_is_run_again_undoes_nothing(remote: Remote) -> None:
    """It checks out the old commit, whose state is older than what is public."""
    a, b = remote.clone("a"), remote.clone("b")
    old = a.git("rev-parse", "HEAD")
    run = run_in(a)
    store(a).save_order(order(1))
    run.publish(SECONDS)
    run = run_in(a)
    store(a).archive_order(order(1).order_id)
    store(a).save_certificate(certificate(3))
    run.publish(SECONDS)
    a.git("checkout", "--quiet", "--force", "--detach", old)
    a.git("clean", "-ffdxq")
    before = remote.log()
    assert run_in(a).publish(SECONDS).pushes == 0
    assert remote.log() == before
    assert files(a) == a.public_files()
    run_in(b)
    assert files(b) == files(a)


def test_a_newer_tree_is_to_be_applied_and_not_this_one(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    b.write("certificates/new.yaml", "role: web\nidentifiers: [api.example.com]\n")
    b.write("README.md", "no part of the tree")
    b.push("another certificate")
    with pytest.raises(
        StalePlanError, match=r"`origin/main` has a newer tree.*certificates/new\.yaml changed"
    ):
        run_in(a)
    a.git("pull", "--quiet", "origin", "main")
    run_in(a)


def test_a_newer_tree_that_comes_before_the_claim(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    run = run_in(a)

    def change() -> None:
        b.write("certificates/www.yaml", "role: web\nidentifiers: [api.example.com]\n")
        b.push()

    before_the_next_push(monkeypatch, change)
    with pytest.raises(StalePlanError):
        run.claim([WWW], 0)
    assert len(remote.log()) == 2


def test_what_others_have_in_the_repository_stays(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    run = run_in(a)
    store(a).save_order(order(1))
    b.write("docs/page.md", "text")
    b.push("docs")
    run.publish(SECONDS)
    assert a.shared("docs/page.md") == "text"
    assert a.public_files() == [f"state/orders/{order(1).order_id}.yaml"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("orders/x/privkey.pem", "anything"),
        ("accounts/ca/key-0.pem", "anything"),
        ("archive/note.yaml", "-----BEGIN EC PRIVATE KEY-----\n"),
        ("archive/orders/x/privkey.pem.age", "-----BEGIN PRIVATE KEY-----\n"),
        ("archive/identity.txt", f"# made for a test\n{IDENTITY}\n"),
    ],
)
def test_a_key_in_clear_is_never_pushed(remote: Remote, path: str, content: str) -> None:
    a = remote.clone("a")
    run = run_in(a)
    store(a).save_order(order(1))
    a.write(f"state/{path}", content)
    with pytest.raises(StateError, match=rf"state/{path}: a private key in clear does not go into Git"):
        run.publish(SECONDS)
    assert len(remote.log()) == 1


def test_what_is_of_one_machine_is_not_pushed(remote: Remote) -> None:
    a = remote.clone("a")
    run = run_in(a)
    store(a).save_order(order(1))
    for path in (".lock", "orders/.x.yaml.tmp", "challenges/1/tls-alpn-01/www/privkey.pem"):
        a.write(f"state/{path}", "-----BEGIN PRIVATE KEY-----")
    run.publish(SECONDS)
    assert a.public_files() == [f"state/orders/{order(1).order_id}.yaml"]


def test_another_state_is_refused(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    with store(a).lock("apply", values.NOW):
        run = run_in(a)
        store(a).save_order(order(1))
        run.publish(SECONDS)
    b.git("pull", "--quiet", "origin", "main")
    meta = b.root / "state/meta.yaml"
    meta.write_text(meta.read_text().replace("lineage: ", "lineage: 1"))
    with pytest.raises(StateError, match=r"is another one \(1.*move it away"):
        run_in(b)


def test_a_newer_format_is_refused_before_anything_of_it_comes_here(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    with store(a).lock("apply", values.NOW):
        run = run_in(a)
        store(a).save_order(order(1))
        run.publish(SECONDS)
    run_in(b)
    before = files(b)
    a.git("pull", "--quiet", "origin", "main")
    a.write("state/meta.yaml", (a.root / "state/meta.yaml").read_text().replace("version: 1", "version: 2"))
    a.write("state/orders/new.yaml", "something: new\n")
    a.push("a newer program")
    log = remote.log()
    with pytest.raises(StateError, match=r"state/meta\.yaml on `origin/main`: the state has format 2"):
        run_in(b)
    assert (files(b), remote.log()) == (before, log)


def test_what_is_pushed_is_not_written_through_a_link(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    run = run_in(a)
    store(a).save_order(order(1))
    run.publish(SECONDS)
    (b.root / "state").mkdir()
    (b.root / "outside").mkdir()
    (b.root / "state/orders").symlink_to(b.root / "outside")
    with pytest.raises(StateError, match="state/orders is a link"):
        run_in(b)
    assert list((b.root / "outside").iterdir()) == []


def test_a_link_in_the_public_state_is_no_file_of_it(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    (b.root / "state/orders").mkdir(parents=True)
    (b.root / "state/orders/x.yaml").symlink_to("/etc/passwd")
    b.push("a link")
    run_in(a)
    assert not (a.root / "state/orders/x.yaml").exists()


def test_hooks_and_filters_of_the_clone_are_not_run(remote: Remote) -> None:
    a = remote.clone("a")
    touched = a.root / "touched"
    for hook in ("pre-push", "post-checkout", "reference-transaction", "post-index-change", "pre-commit"):
        path = a.root / ".git/hooks" / hook
        path.write_text(f"#!/bin/sh\necho {hook} >> {touched}\n")
        path.chmod(0o755)
    a.git("config", "core.fsmonitor", f"echo fsmonitor >> {touched}")
    a.git("config", "filter.evil.clean", f"echo clean >> {touched}; cat")
    a.git("config", "filter.evil.smudge", f"echo smudge >> {touched}; cat")
    (a.root / ".git/info/attributes").write_text("* filter=evil\n")
    run = run_in(a)
    store(a).save_order(order(1))
    assert run.publish(SECONDS).pushes == 1
    assert not touched.exists(), touched.read_text()


def test_a_branch_for_the_state_alone(remote: Remote) -> None:
    """Where nobody may push to the branch of the tree."""
    a, b = remote.clone("a"), remote.clone("b")
    a.git("push", "--quiet", "origin", "main:state")
    run = run_in(a, push_to="origin/state")
    store(a).save_order(order(1))
    run.publish(SECONDS)
    b.write("certificates/new.yaml", "role: web\nidentifiers: [api.example.com]\n")
    b.push("the tree goes on")
    other = run_in(b, push_to="origin/state")
    assert set(store(b).orders()) == {order(1).order_id}
    store(b).archive_order(order(1).order_id)
    other.publish(SECONDS)
    run_in(a, push_to="origin/state")
    assert store(a).orders() == {}
    assert len(remote.log()) == 2
    b.git("fetch", "--quiet")
    assert "certificates/new.yaml" not in b.git("ls-tree", "-r", "--name-only", "origin/state")


def test_where_to_push_is_said_or_found_out(remote: Remote) -> None:
    a = remote.clone("a")
    assert str(place_of(a).target) == "origin/main"
    assert str(place_of(a, trusted_ref=None).target) == "origin/main"
    assert str(place_of(a, push_to="origin/state").target) == "origin/state"
    a.git("checkout", "--quiet", "--detach")
    with pytest.raises(RepositoryError, match="no branch is checked out; say where to push"):
        place_of(a, trusted_ref=None)
    a.git("checkout", "--quiet", "-b", "own")
    with pytest.raises(RepositoryError, match="the branch own has no upstream"):
        place_of(a, trusted_ref=None)
    with pytest.raises(RepositoryError, match="`upstream/main` is neither"):
        place_of(a, push_to="upstream/main")
    with pytest.raises(RepositoryError, match="is no name of a branch"):
        place_of(a, push_to="origin/a..b")
    with pytest.raises(RepositoryError, match="`origin/none` cannot be fetched"):
        run_in(a, push_to="origin/none")
