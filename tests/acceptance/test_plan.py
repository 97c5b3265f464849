from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.command_line import REPOSITORY
from tests.acceptance.trees import write_account, write_certificate, write_tree, write_waiting_order

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.acceptance.conftest import RunProgram

FIRST = """\
  + register account ca
      the CA does not know this account yet, and certificates need it
      at https://ca.test/directory, key ec-256

  + order certificate www
      there is no certificate of this name yet
      for www.example.com
      by role web, account ca, key ec-256
      http-01 by people
      allowed by role web, by name (bare_domains)

Plan: 1 account to register, 1 to order; 0 unchanged.
"""


def test_the_first_plan(tree: Path, program: RunProgram) -> None:
    done = program("plan")
    assert (done.code, done.out, done.err) == (0, FIRST, "")
    assert not (tree / "state").exists()


def test_changes_can_be_told_by_the_exit_code(tree: Path, program: RunProgram) -> None:
    assert program("plan", "--detailed-exitcode").code == 2
    write_account(tree)
    write_certificate(tree)
    done = program("plan", "--detailed-exitcode")
    assert (done.code, done.out) == (0, "No changes. 1 certificate is as the tree wants it.\n")


def test_a_plan_for_programs(tree: Path, program: RunProgram) -> None:
    document = program("plan", "--format", "json").document
    assert [(action["action"], action["name"]) for action in document["actions"]] == [
        ("register_account", "ca"),
        ("create_order", "www"),
    ]
    assert document["summary"]["order"] == 1
    assert document["has_changes"]


def test_each_identifier_is_shown_with_its_rule_and_its_line(tree: Path, program: RunProgram) -> None:
    changed = {
        "roles/web.yaml": (
            "acme_account_name: ca\n"
            "allowed_domains: [example.com]\n"
            "allowed_domain_options: [subdomains]\n"
            "allowed_ip_ranges: [10.0.0.0/8]\n"
        ),
        "certificates/www.yaml": (
            "role: web\nidentifiers:\n  - www.example.com\n  - 10.0.0.1\n  - api.example.com\n"
        ),
    }
    write_tree(tree, **changed)
    shown = " ".join(program("plan").out.split())
    assert (
        "allowed by role web: by `example.com` (subdomains): www.example.com, api.example.com "
        "by `10.0.0.0/8`: 10.0.0.1" in shown
    )
    evidence = program("plan", "--format", "json").document["actions"][1]["evidence"]
    assert (evidence["policy_commit"], evidence["requester"]) == (None, None)
    assert [
        (each["identifier"], each["option"], each["location"]["line"]) for each in evidence["grants"]
    ] == [("www.example.com", "subdomains", 3), ("10.0.0.1", None, 4), ("api.example.com", "subdomains", 5)]


def test_what_has_changed_since(tree: Path, program: RunProgram) -> None:
    write_account(tree)
    write_certificate(tree)
    write_certificate(tree, "old", expired=True)
    write_certificate(tree, "gone")
    write_certificate(tree, "files")
    (tree / "certs/files/chain.pem").unlink()
    request = "role: web\nidentifiers: [www.example.com]\n"
    changed = {
        "certificates/www.yaml": "role: web\nidentifiers: [www.example.com, api.example.com]\n",
        "certificates/old.yaml": request,
        "certificates/files.yaml": request,
    }
    write_tree(tree, **changed)
    shown = program("plan").out
    assert "= deliver the files of certificate files again\n      files missing: chain.pem\n" in shown
    assert "~ renew certificate old\n      renewal due since " in shown
    assert "~ replace certificate www\n      identifiers changed: + api.example.com\n" in shown
    assert "- forget certificate gone " in shown
    assert shown.endswith("Plan: 1 to replace, 1 to renew, 1 to deliver, 1 to forget; 0 unchanged.\n")


def test_an_order_under_way_is_resumed(tree: Path, program: RunProgram) -> None:
    write_account(tree)
    order = write_waiting_order(tree)
    shown = program("plan").out
    assert f"> resume order {order.order_id} of certificate www\n" in shown
    assert "it waits for people to fulfil its challenges" in shown


def test_what_is_denied_is_left_out_and_the_rest_is_planned(tree: Path, program: RunProgram) -> None:
    write_tree(tree, **{"certificates/bad.yaml": "role: web\nidentifiers: [evil.example.org]\n"})
    done = program("plan", "--detailed-exitcode")
    assert done.code == 5
    assert "+ order certificate www" in done.out
    assert "! denied; these certificates are left out" in done.out
    assert "certificates/bad.yaml:2:15: error:" in done.out
    assert done.out.endswith("1 to order; 0 unchanged, 1 denied.\n")
    document = program("plan", "--format", "json").document
    assert [finding["path"] for finding in document["denied"]] == ["certificates/bad.yaml"]
    assert document["summary"]["denied"] == 1


def test_a_tree_elsewhere(tree: Path, program: RunProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert program("-C", str(tree / "certificates"), "plan").out == FIRST


def test_the_quickstart(program: RunProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY / "examples" / "quickstart")
    assert program("validate").code == 0
    document = program("plan", "--format", "json").document
    assert document["summary"]["register"] == 1
    assert document["summary"]["order"] == len(document["actions"]) - 1
    assert program("plan").out.count("+ order certificate") == document["summary"]["order"]
