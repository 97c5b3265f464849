"""Safety limits: shown by plan, kept by apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.store import Store
from tests.acceptance.trees import write_account, write_certificate, write_tree
from tools.run_git import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram

REQUEST = "role: web\nidentifiers: [www.example.com]\n"


@pytest.fixture
def forgetful(tree: Path) -> Path:
    """Return a tree that keeps one of eleven certificates, and whose files are to be delivered again."""
    write_account(tree)
    for number, name in enumerate(("www", *(f"old/{each}" for each in range(10)))):
        write_certificate(tree, name)
        store = Store(tree / "state")
        order_id = f"0197299e-0000-7000-8000-{number:012}"
        store.save_certificate(replace(store.certificates()[name], order_id=order_id))
    (tree / "certs/www/cert.pem").unlink()
    return tree


def limit(tree: Path, text: str) -> None:
    (tree / "reconciler.yaml").write_text(f"safety: {{{text}}}\n")


def test_without_limits_everything_may_be_changed(forgetful: Path, program: RunProgram) -> None:
    assert program("plan").code == 0
    assert program("plan", "--detailed-exitcode").code == 2


def test_plan_says_which_limit_how_many_and_what_to_do(forgetful: Path, program: RunProgram) -> None:
    limit(forgetful, "max_changes: 5, max_forget: 10%")
    done = program("plan", "--detailed-exitcode")
    assert done.code == 8
    assert " ".join(done.out.split()).endswith(
        "! a safety limit is passed: nothing of this plan is done "
        "10 certificates would be changed; max_changes allows 5 "
        "if it is meant: `--max-changes 10` for one run, or `safety: {max_changes: 10}` in reconciler.yaml "
        "10 certificates would be forgotten; max_forget allows 2 (10% of 11) "
        "if it is meant: `--max-forget 10` for one run, or `safety: {max_forget: 10}` in reconciler.yaml "
        "Plan: 1 to deliver, 10 to forget; 0 unchanged."
    )
    passed = program("plan", "--format", "json").document["passed_limits"]
    assert [(each["kind"], each["limit"], each["counted"], each["allowed"]) for each in passed] == [
        ("max_changes", "5", 10, 5),
        ("max_forget", "10%", 10, 2),
    ]


def test_apply_does_nothing_at_all(forgetful: Path, program: RunProgram) -> None:
    limit(forgetful, "max_forget: 10%")
    done = program("apply")
    assert done.code == 8
    assert "max_forget allows 2" in done.out
    assert done.err == (
        "Nothing was done: 10 certificates would be forgotten; max_forget allows 2 (10% of 11).\n"
    )
    assert len(list((forgetful / "state/certificates").rglob("*.yaml"))) == 11
    assert not (forgetful / "certs/www/cert.pem").exists()
    done = program("apply", "--format", "json")
    assert done.code == 8
    assert done.document["plan"]["passed_limits"][0]["kind"] == "max_forget"
    assert done.document["forgotten"] == []


def test_each_limit_is_overridden_alone(forgetful: Path, program: RunProgram) -> None:
    limit(forgetful, "max_changes: 5, max_forget: 10%")
    assert program("plan", "--max-changes", "10").code == 8
    assert program("plan", "--max-forget", "100%").code == 8
    assert program("plan", "--max-changes", "10", "--max-forget", "91%").code == 0
    assert program("plan", "--select", "old/[01]").code == 0
    assert program("plan", "--select", "old/[01]", "--max-changes", "1").code == 8
    limit(forgetful, "max_forget: 10")
    assert program("plan").code == 0
    assert program("plan", "--max-forget", "0").code == 8
    assert program("plan", "--force").code == 64
    # The rest goes on once it is allowed; the altered files need their order, which is not here.
    assert "10 forgotten" in program("apply", "--max-forget", "10").out


@pytest.mark.parametrize("text", ["0%", "many", "-1", "5 %", ""])
def test_what_is_no_limit_is_wrong_usage(tree: Path, program: RunProgram, text: str) -> None:
    done = program("plan", "--max-forget", text)
    assert (done.code, done.out) == (64, "")
    assert "is no limit" in done.err


def test_an_empty_tree_is_never_meant_by_itself(forgetful: Path, program: RunProgram) -> None:
    (forgetful / "certificates/www.yaml").unlink()
    for arguments in ((), ("--max-forget", "100%"), ("--select", "old/1")):
        assert program("plan", *arguments).code == 8
        assert program("apply", *arguments).code == 8
    assert len(list((forgetful / "state/certificates").rglob("*.yaml"))) == 11
    shown = " ".join(program("plan").out.split())
    assert "deliver" not in shown
    assert "the tree asks for no certificate at all, and 11 certificates would be forgotten" in shown
    assert "`--allow-empty-tree`" in shown
    limit(forgetful, "max_forget: 10%")
    assert program("apply", "--allow-empty-tree").code == 8
    assert program("apply", "--allow-empty-tree", "--max-forget", "11").code == 0
    assert not list((forgetful / "state/certificates").rglob("*.yaml"))
    # There is nothing to forget any more.
    assert program("plan").code == 0


def test_a_denial_is_less_serious(forgetful: Path, program: RunProgram) -> None:
    write_tree(forgetful, **{"certificates/bad.yaml": "role: web\nidentifiers: [evil.example.org]\n"})
    assert program("plan").code == 5
    assert program("plan", "--max-forget", "1").code == 8


def test_the_limits_of_the_trusted_policy_count(forgetful: Path, program: RunProgram) -> None:
    limit(forgetful, "max_forget: 10%")

    (forgetful / ".gitignore").write_text("state/\ncerts/\n")
    git(forgetful, "init", "--initial-branch=main")
    git(forgetful, "add", "reconciler.yaml", "accounts", "roles", "certificates")
    git(forgetful, "commit", "-m", "policy")
    git(forgetful, "checkout", "-b", "change")
    limit(forgetful, "max_forget: 100%")
    git(forgetful, "commit", "-am", "much at once")
    assert program("plan").code == 0
    assert program("plan", "--trusted-ref", "main").code == 8
