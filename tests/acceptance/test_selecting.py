"""A part of a tree: planned, said to be one, and nothing else touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.trees import write_account, write_certificate, write_tree
from tools.run_git import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram

REQUEST = "role: web\nidentifiers: [www.example.com]\n"


@pytest.fixture
def shops(tree: Path) -> Path:
    """Return a tree with a few certificates, one of which is issued, and one no longer asked for."""
    write_account(tree)
    write_certificate(tree, "shop/issued")
    write_certificate(tree, "gone")
    names = ("shop/www", "shop/issued", "shop/eu/www", "mail")
    return write_tree(tree, **{f"certificates/{each}.yaml": REQUEST for each in names})


def ordered(program: RunProgram, *arguments: str) -> list[str]:
    actions = program("plan", "--format", "json", *arguments).document["actions"]
    return [each["name"] for each in actions if each["action"] == "create_order"]


def test_a_part_says_that_it_is_one(shops: Path, program: RunProgram) -> None:
    shown = program("plan", "--select", "shop/*", "--exclude", "shop/x*", "--role", "web")
    assert shown.code == 0
    assert " ".join(shown.out.split()).endswith(
        "! this plan is partial: only certificates named `shop/*`, not named `shop/x*`, of role `web`; "
        "the rest is left as it is Plan: 1 to order; 1 unchanged."
    )
    shown = program("plan", "--select", "shop/issued")
    assert " ".join(shown.out.split()) == (
        "! this plan is partial: only certificates named `shop/issued`; the rest is left as it is "
        "No changes. 1 certificate is as the tree wants it."
    )
    chosen = program("plan", "--select", "mail", "--format", "json").document["selection"]
    assert chosen == {
        "select": ["mail"],
        "exclude": [],
        "roles": [],
        "accounts": [],
        "is_partial": True,
    }
    assert program("plan", "--format", "json").document["selection"]["is_partial"] is False


def test_what_is_chosen_may_be_named_in_several_ways(shops: Path, program: RunProgram) -> None:
    assert ordered(program) == ["mail", "shop/eu/www", "shop/www", "www"]
    assert ordered(program, "--select", "shop/**") == ["shop/eu/www", "shop/www"]
    assert ordered(program, "--select", "shop/*", "--select", "mail") == ["mail", "shop/www"]
    assert ordered(program, "--exclude", "shop/", "--exclude", "*") == []
    assert ordered(program, "--account", "ca", "--exclude", "**/www") == ["mail"]
    shown = program("plan", "--select", "gone").out
    assert "- forget certificate gone " in shown
    assert shown.endswith("Plan: 1 to forget; 0 unchanged.\n")


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--select", "shop/wwww"], "no certificate that matches `shop/wwww`, neither in the tree nor"),
        (["--select", "shop/wwww"], "did you mean `shop/www`"),
        (["--select", "shop"], "did you mean `shop/**`?"),
        (["--select", "shoop/*"], "did you mean `shop/**`?"),
        (["--select", "zzz"], "there are `gone`, `mail`, `shop/eu/www`"),
        (["--role", "wep"], "there is no role `wep`, neither in the tree nor"),
        (["--role", "wep"], "did you mean `web`?"),
        (["--account", "letsencrypt"], "there is no account `letsencrypt`"),
        (["--select", "mail", "--role", "a", "--account", "b"], "role `a`"),
    ],
)
def test_what_there_is_not_is_an_error_that_says_what_is_near(
    shops: Path, program: RunProgram, command: str, arguments: list[str], message: str
) -> None:
    done = program(command, *arguments)
    assert (done.code, done.out) == (1, "")
    assert message in done.err


def test_an_empty_choice_is_wrong_usage(tree: Path, program: RunProgram) -> None:
    done = program("plan", "--select", "")
    assert done.code == 64
    assert "an empty text" in done.err


def test_an_empty_tree_has_nothing_to_choose(tree: Path, program: RunProgram) -> None:
    (tree / "certificates/www.yaml").unlink()
    done = program("plan", "--select", "*")
    assert (done.code, "there are none" in done.err) == (1, True)


def test_apply_does_the_part_and_nothing_else(shops: Path, program: RunProgram) -> None:
    done = program("apply", "--select", "gone")
    assert done.code == 0
    assert "this plan is partial: only certificates named `gone`;" in done.out
    assert not (shops / "state/certificates/gone.yaml").exists()
    assert not list((shops / "state/orders").glob("*.yaml"))


def test_a_name_cannot_act_on_the_terminal(shops: Path, program: RunProgram) -> None:
    done = program("plan", "--select", "mail", "--exclude", "\x1b[2J\u202e")
    assert "\\x1b[2J\\u202e" in done.out
    assert "\x1b" not in done.out
    assert "\x1b" not in program("plan", "--select", "\x1b[2J").err


def test_a_part_can_be_compared_with_another_commit(shops: Path, program: RunProgram) -> None:
    (shops / ".gitignore").write_text("state/\ncerts/\n")
    git(shops, "init", "--initial-branch=main")
    git(shops, "add", "reconciler.yaml", "accounts", "roles", "certificates")
    git(shops, "commit", "-m", "before")
    # What is chosen need not have been there before.
    write_tree(shops, **{"certificates/new/a.yaml": REQUEST, "certificates/new/b.yaml": REQUEST})
    plan = program(
        "plan", "--base", "HEAD", "--select", "new/a", "--select", "mail", "--format", "json"
    ).document
    changed, due = (plan["comparison"][part]["actions"] for part in ("changed", "due"))
    assert ([each["name"] for each in changed], [each["name"] for each in due]) == (["new/a"], ["mail"])
