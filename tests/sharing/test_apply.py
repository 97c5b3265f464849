"""`apply --commit` on the command line, where no CA is needed."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.model.order import Stage
from reconciler.sharing.message import Changes, Moved, changes_of, result_message
from reconciler.sharing.run import Run
from tests.acceptance.trees import FILES, write_certificate
from tests.sharing.runs import NOW, certificate, order, store
from tests.unit import values
from tools.git_remote import Remote

if TYPE_CHECKING:
    from pathlib import Path

    from tools.git_remote import Clone


def forget(clone: Clone) -> str:
    """Leave nothing to do but to forget a certificate that the tree no longer asks for."""
    with store(clone).lock("apply", NOW):
        store(clone).save_order(replace(order(1, "old", Stage.COMPLETED), order_url="https://ca.test/1"))
        store(clone).save_certificate(certificate(1, "old"))
        store(clone).save_account(values.account())
        write_certificate(clone.root)
    return clone.push("what an earlier run has shared")


def test_what_was_done_is_committed_with_words_for_people_and_programs(remote: Remote) -> None:
    a = remote.clone("a")
    tree = forget(a)
    said = a.apply()
    assert "fetching the state from origin/main\n" in said
    assert "(2 pushes)\n" in said
    message = a.git("log", "-1", "--format=%B", "origin/main")
    subject, *_ = message.splitlines()
    assert subject == "reconciler: 1 certificate forgotten"
    assert "* certificate old: forgotten\n" in message
    assert "[skip ci]" in message
    parsed = subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=message, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    trailers = dict(line.split(": ", 1) for line in parsed)
    assert trailers["Reconciler-Tree"] == tree
    assert len(trailers["Reconciler-Run"]) == 36
    assert set(trailers) == {"Reconciler-Run", "Reconciler-By", "Reconciler-Tree"}
    assert a.git("log", "-2", "--format=%s", "origin/main").endswith("reconciler: claims 1 certificate")
    assert a.git("status", "--porcelain") == ""
    assert "pushed" not in a.apply()


def test_it_takes_encryption(tmp_path: Path) -> None:
    a = Remote(tmp_path, FILES).clone("a")
    assert "error: `--commit` is for a state whose private keys are encrypted" in a.apply(code=1)
    assert not (a.root / "state/accounts").exists()


def test_it_takes_a_repository(remote: Remote, tmp_path: Path) -> None:
    a = remote.clone("a")
    plain = type(a)(tmp_path / "plain")
    plain.root.mkdir()
    for path in ("reconciler.yaml", "accounts/ca.yaml", "roles/web.yaml", "certificates/www.yaml"):
        plain.write(path, (a.root / path).read_text())
    assert "error: the tree is in no Git repository" in plain.apply(code=1)


def test_a_state_outside_of_the_repository_is_refused(remote: Remote, tmp_path: Path) -> None:
    a = remote.clone("a")
    settings = (a.root / "reconciler.yaml").read_text()
    a.write("reconciler.yaml", f"{settings}state: {tmp_path / 'elsewhere'}\n")
    assert "is outside of the Git repository" in a.apply(code=1)


def test_an_output_outside_of_the_repository_is_not_pushed(remote: Remote, tmp_path: Path) -> None:
    a = remote.clone("a")
    settings = (a.root / "reconciler.yaml").read_text()
    a.write("reconciler.yaml", f"{settings}output: {tmp_path / 'elsewhere'}\n")
    forget(a)
    (a.root / "certs").rename(tmp_path / "elsewhere")
    assert "note: the output folder is outside of the repository, and is not pushed\n" in a.apply()


def test_where_to_push_goes_with_the_wish_to_push(remote: Remote) -> None:
    a = remote.clone("a")
    assert "--push-to goes with --commit" in a.run("apply", "--push-to", "origin/main", code=64)
    a.git("checkout", "--quiet", "--detach")
    assert "no branch is checked out; say where to push: `--push-to origin/main`" in a.apply(code=1)
    forget(a)
    assert "to origin/main (" in a.apply("--push-to", "origin/main")


def test_the_trusted_ref_is_where_to_push(remote: Remote) -> None:
    a = remote.clone("a")
    settings = (a.root / "reconciler.yaml").read_text()
    a.write("reconciler.yaml", f"{settings}trusted_ref: origin/main\n")
    forget(a)
    a.git("checkout", "--quiet", "--detach")
    assert "to origin/main (" in a.apply()
    # The state's commits come on top: what is merged there is applied as before.
    a.git("checkout", "--quiet", "main")
    a.git("pull", "--quiet")
    assert "pushed" not in a.apply()


def test_an_old_tree_is_stale(remote: Remote) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    b.write("certificates/new.yaml", "role: web\nidentifiers: [api.example.com]\n")
    b.push("somebody else's change")
    said = a.apply(code=6)
    assert (
        "error: `origin/main` has a newer tree than what is checked out here: certificates/new.yaml" in said
    )
    assert "hint: nothing was done; the pipeline of the newer commit does it" in said
    assert len(remote.log()) == 2


def test_a_branch_that_is_not_there_yet_is_said_how_to_make(remote: Remote) -> None:
    said = remote.clone("a").apply("--push-to", "origin/state", code=1)
    assert "make it once: `git push origin HEAD:refs/heads/state`" in said


def test_a_branch_that_is_protected_is_said_before_anything_is_done(remote: Remote) -> None:
    a = remote.clone("a")
    forget(a)
    remote.hook(
        "pre-receive", "echo 'GL: You are not allowed to push code to protected branches.' >&2; exit 1"
    )
    said = a.apply(code=1)
    assert "error: `origin/main` does not take the commit: pre-receive hook declined (GL: You are not" in said
    assert store(a).certificate("old") is not None


def test_a_result_that_cannot_be_pushed_waits_here_for_the_next_run(remote: Remote) -> None:
    a = remote.clone("a")
    forget(a)
    # The claims are let through, and what comes after them is not.
    remote.hook("pre-receive", "test ! -e once || exit 1; touch once")
    said = a.apply(code=1)
    assert "what was done is in the state here, and the next apply --commit pushes it" in said
    assert store(a).certificate("old") is None
    remote.hook("pre-receive", "exit 0")
    assert "(1 push)" in a.apply()
    assert "state/certificates/old.yaml" not in a.public_files()
    assert not any("claims" in path for path in a.public_files())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_in_the_very_push_of_its_claims(remote: Remote, number: signal.Signals) -> None:
    """They are public, and the run has not heard of it: it takes them back all the same."""
    a = remote.clone("a")
    forget(a)
    process = remote.folder / "process"
    remote.hook(
        "post-receive", f"test -e once || {{ touch once; kill -{number} $(cat {process}); sleep 9; }}"
    )
    running = a.start("apply", "--commit")
    process.write_text(str(running.pid))
    _, err = running.communicate(timeout=60)
    assert running.returncode == 128 + number, err
    assert "Traceback" not in err
    assert remote.log()[1:3] == ["reconciler: claims 1 certificate", "what an earlier run has shared"]
    assert not any("/claims/" in path for path in a.public_files())
    assert store(a).certificate("old") is not None


def test_of_two_orders_for_one_certificate_one_is_put_away(remote: Remote) -> None:
    """What is left of two runs of which one had lost its claim: the older certificate does not come back."""
    a = remote.clone("a")
    write_certificate(a.root)
    in_force = store(a).certificate("www")
    assert in_force is not None
    newer = replace(order(2, stage=Stage.COMPLETED), order_url="https://ca.test/2")
    store(a).save_certificate(replace(in_force, order_id=newer.order_id))
    store(a).save_order(newer)
    store(a).save_order(order(1, stage=Stage.COMPLETED))
    store(a).save_account(values.account())
    assert f"abandon order {order(1).order_id} of certificate www" in a.run("plan")
    a.apply()
    assert set(store(a).orders()) == {newer.order_id}
    assert set(store(a).archived_orders()) == {order(1).order_id}
    assert store(a).certificate("www") == replace(in_force, order_id=newer.order_id)
    assert "No changes" in a.run("plan")


def test_names_of_files_forge_nothing_in_a_message() -> None:
    run = Run("run", "clone", "reconciler apply", "ci@runner", dt.timedelta(), "https://ci.test/1\nEvil: yes")
    evil = "www\n\nReconciler-Order: forged\x1b]0;x\x07"
    changes = Changes(lines=[f"certificate {evil}: issued"], orders=[Moved("1", evil, None, "new")])
    message = result_message(changes, run, "f" * 40, 0)
    parsed = subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=message, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert [line.partition(":")[0] for line in parsed] == [
        "Reconciler-Run",
        "Reconciler-By",
        "Reconciler-Tree",
        "Reconciler-CI",
        "Reconciler-Order",
    ]
    assert message.isascii()
    assert "\x1b" not in message


def test_a_message_says_what_has_changed() -> None:
    registered = b"account_url: https://ca.test/1\n"
    objects = {"new": registered, "old": b"recipients:\n- a\n", "other": b"recipients:\n- b\n"}
    keys, account, key = "state/encryption.yaml", "state/accounts/ca.yaml", "state/accounts/ca/key-0.pem.age"

    def said(before: dict[str, str], after: dict[str, str]) -> list[str]:
        return changes_of(before, after, objects.__getitem__).lines

    assert said({}, {keys: "old", account: "new"}) == ["account ca: registered"]
    assert said({keys: "old", account: "new", key: "old"}, {keys: "other", account: "new", key: "other"}) == [
        "account ca: changed",
        "private keys: their recipients have changed",
    ]
    assert said({account: "new"}, {}) == ["account ca: archived"]
    run = Run("run", "clone", "reconciler apply", "ci@runner", dt.timedelta())
    assert result_message(Changes(), run, None, 0).startswith("reconciler: nothing has changed\n\n")
    log = changes_of({}, {"state/events.jsonl": "new"}, objects.__getitem__)
    assert "nothing issued or changed; `reconciler log` says what" in result_message(log, run, None, 0)


def test_a_message_has_an_end() -> None:
    run = Run("run", "clone", "reconciler apply", "ci@runner", dt.timedelta())
    orders = [Moved(str(number), "www", None, "new") for number in range(1000)]
    message = result_message(Changes(lines=["line"] * 1000, orders=orders), run, None, 0)
    assert len(message.splitlines()) < 220
    assert "* and 900 more\n" in message
    assert "Reconciler-More-Orders: 900\n" in message


def test_who_commits_where_nobody_told_git(remote: Remote) -> None:
    a = remote.clone("a")
    forget(a)
    environment = {name: "" for name in os.environ if name.startswith(("GIT_AUTHOR_", "GIT_COMMITTER_"))}
    a.variables = environment | {"HOME": "/nonexistent", "EMAIL": ""}
    a.apply()
    assert a.git("log", "-1", "--format=%an <%ae>", "origin/main") == "reconciler <reconciler@localhost>"


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_is_printed_for_programs_is_the_result_alone(remote: Remote, form: str) -> None:
    a = remote.clone("a")
    forget(a)
    running = a.start("apply", "--commit", "--format", form)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    assert "pushed" not in out
    assert "pushed" in err
