"""Saved plans: written, read, applied, or stale; on the command line."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.cli import saved_plans
from reconciler.store import Store
from tests.acceptance.command_line import PROGRAM, environment, run_process
from tests.acceptance.trees import write_account, write_certificate, write_tree
from tests.unit.render.output_schemas import check
from tests.unit.values import NOW, certificate
from tools.run_git import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import Completed, RunProgram

REQUEST = "role: web\nidentifiers: [www.example.com]\n"


@pytest.fixture
def forgetful(tree: Path) -> Path:
    """Return a tree that keeps one of three certificates; nothing of it needs a CA."""
    write_account(tree)
    for number, name in enumerate(("www", "old/1", "old/2")):
        write_certificate(tree, name)
        store = Store(tree / "state")
        order_id = f"0197299e-0000-7000-8000-{number:012}"
        store.save_certificate(replace(store.certificates()[name], order_id=order_id))
    # Which writes its lineage.
    with Store(tree / "state").lock("test", NOW):
        return tree


def known(tree: Path) -> list[str]:
    return sorted(Store(tree / "state").certificates())


def document(path: Path) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(path.read_text())
    check(whole)
    return whole


def assert_stale(done: Completed, *reasons: str) -> None:
    assert done.code == 6, done.err
    assert "Traceback" not in done.err
    for reason in reasons:
        assert reason in done.err
    assert "nothing was done" in done.err
    assert done.out == ""


# Writing


def test_a_plan_is_saved_for_people_and_programs(forgetful: Path, program: RunProgram) -> None:
    done = program("plan", "--out", "plan.json")
    assert done.code == 0
    path = forgetful / "plan.json"
    saved = document(path)
    assert f"\nDigest: {saved['digest']}\n" in done.out
    assert "`reconciler apply plan.json`" in done.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [(each["action"], each["name"]) for each in saved["actions"]] == [
        ("forget_certificate", "old/1"),
        ("forget_certificate", "old/2"),
    ]
    assert saved["lineage"] == Store(forgetful / "state").lineage
    assert saved["plan"]["summary"]["forget"] == 2
    # An action is a line: what has changed between two files can be seen.
    lines = path.read_text().splitlines()
    assert sum('"action": "forget_certificate"' in line for line in lines) == 4
    assert program("plan", "--digest").out.endswith(f"Digest: {saved['digest']}\n")
    assert program("plan", "--format", "json").document["digest"] == saved["digest"]
    assert "Digest" not in program("plan").out


def test_a_plan_on_the_standard_output(forgetful: Path, program: RunProgram) -> None:
    done = program("plan", "--out", "-")
    check(json.loads(done.out))
    assert "Plan: 2 to forget; 1 unchanged." in done.err
    done = program("plan", "--out", "-", "--format", "json")
    assert (done.code, done.out) == (64, "")


def test_the_commit_is_for_the_record(forgetful: Path, program: RunProgram) -> None:
    program("plan", "--out", "plan.json")
    assert document(forgetful / "plan.json")["commit"] is None
    (forgetful / ".gitignore").write_text("state/\ncerts/\n")
    git(forgetful, "init")
    git(forgetful, "commit", "--allow-empty", "-m", "x")
    program("plan", "--out", "plan.json")
    assert len(document(forgetful / "plan.json")["commit"]) == 40


@pytest.mark.parametrize("place", ["nowhere/plan.json", "certs", "pipe"])
def test_what_cannot_be_written_is_an_error(forgetful: Path, program: RunProgram, place: str) -> None:
    os.mkfifo(forgetful / "pipe")
    done = program("plan", "--out", place)
    assert done.code in (1, 64)
    assert place in done.err
    assert "Traceback" not in done.err
    assert stat.S_ISFIFO((forgetful / "pipe").stat().st_mode)


def test_a_link_is_replaced_not_followed(forgetful: Path, program: RunProgram) -> None:
    (forgetful / "plan.json").symlink_to("reconciler.yaml")
    before = (forgetful / "reconciler.yaml").read_text()
    assert program("plan", "--out", "plan.json").code == 0
    assert (forgetful / "reconciler.yaml").read_text() == before
    assert not (forgetful / "plan.json").is_symlink()


def test_a_plan_that_is_too_large_is_not_saved(
    forgetful: Path, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_plans, "_MOST_BYTES", 100)
    done = program("plan", "--out", "plan.json")
    assert (done.code, "plan a part" in done.err) == (1, True)
    assert not (forgetful / "plan.json").exists()


# Applying


def test_what_was_saved_is_done_and_nothing_else(forgetful: Path, program: RunProgram) -> None:
    program("plan", "--out", "plan.json")
    write_certificate(forgetful, "old/3")
    (forgetful / "certs/www/cert.pem").unlink()
    done = program("apply", "plan.json")
    assert done.code == 0
    assert "2 forgotten" in done.out
    assert "deliver" not in done.out
    assert "2 actions are due that the saved plan does not have: left to the next apply\n" in done.err
    assert known(forgetful) == ["old/3", "www"]
    assert_stale(program("apply", "plan.json"), "forget certificate old/1: the state has no certificate")


def test_a_plan_of_another_checkout_and_from_standard_input(
    forgetful: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("runner") / "deep" / "checkout"
    shutil.copytree(forgetful, elsewhere)
    ran = run_process(elsewhere.parent, "-C", "checkout", "plan", "--out", "-")
    (forgetful / "plan.json").write_text(ran.stdout)
    ran = run_process(forgetful / "certificates", "apply", "../plan.json")
    assert (ran.returncode, known(forgetful)) == (0, ["www"])


def test_a_part_that_was_saved_is_applied_as_a_part(forgetful: Path, program: RunProgram) -> None:
    program("plan", "--out", "plan.json", "--select", "old/1")
    assert document(forgetful / "plan.json")["selection"]["select"] == ["old/1"]
    done = program("apply", "plan.json")
    assert (done.code, done.err.count("left to")) == (0, 0)
    assert "this plan is partial" in done.out
    assert known(forgetful) == ["old/2", "www"]


def test_what_it_touches_makes_it_stale(forgetful: Path, program: RunProgram) -> None:
    program("plan", "--out", "plan.json")
    store = Store(forgetful / "state")
    store.save_certificate(replace(certificate("old/1"), serial_number="07:aa"))
    write_tree(forgetful, **{"certificates/old/2.yaml": REQUEST})
    done = program("apply", "plan.json")
    assert_stale(
        done,
        "stale: forget certificate old/1: its certificate is now 07:aa\n",
        "stale: forget certificate old/2: the tree asks for it again\n",
        "error: the saved plan is stale",
    )
    assert known(forgetful) == ["old/1", "old/2", "www"]
    # A new one works.
    program("plan", "--out", "plan.json")
    assert program("apply", "plan.json").code == 0
    assert known(forgetful) == ["old/2", "www"]


def test_what_it_does_not_touch_does_not(forgetful: Path, program: RunProgram) -> None:
    program("plan", "--out", "plan.json")
    write_tree(
        forgetful,
        **{
            "roles/web.yaml": "acme_account_name: ca\nallowed_domains: [www.example.com]\n"
            "allowed_domain_options: [bare_domains, subdomains]\n",
            "certificates/more.yaml": REQUEST,
        },
    )
    assert program("apply", "plan.json").code == 0
    assert known(forgetful) == ["www"]


def test_another_state_is_another_state(forgetful: Path, program: RunProgram) -> None:
    program("plan", "--out", "plan.json")
    meta = forgetful / "state/meta.yaml"
    meta.write_text(meta.read_text().replace("lineage: ", "lineage: another-"))
    assert_stale(program("apply", "plan.json"), "was made from another state (lineage ")


def test_limits_hold_for_what_is_applied(forgetful: Path, program: RunProgram) -> None:
    (forgetful / "reconciler.yaml").write_text("safety: {max_forget: 1}\n")
    assert program("plan", "--out", "plan.json").code == 8
    assert program("apply", "plan.json").code == 8
    assert len(known(forgetful)) == 3
    assert program("apply", "plan.json", "--max-forget", "2").code == 0


def test_a_plan_of_nothing_does_nothing(forgetful: Path, program: RunProgram) -> None:
    program("plan", "--out", "plan.json", "--select", "www")
    done = program("apply", "plan.json")
    assert (done.code, "No changes." in done.out) == (0, True)
    assert len(known(forgetful)) == 3


def test_files_that_are_there_by_now_need_not_be_delivered(forgetful: Path, program: RunProgram) -> None:
    path = forgetful / "certs/www/cert.pem"
    content = path.read_bytes()
    path.unlink()
    program("plan", "--out", "plan.json", "--select", "www")
    path.write_bytes(content)
    done = program("apply", "plan.json")
    assert done.code == 0
    assert "1 action of the saved plan (files, clean-up): nothing is left to do\n" in done.err


def test_a_result_for_programs_is_of_what_was_saved(forgetful: Path, program: RunProgram) -> None:
    program("plan", "--out", "plan.json", "--select", "old/1")
    result = program("apply", "plan.json", "--format", "json").document
    assert [each["name"] for each in result["plan"]["actions"]] == ["old/1"]


# A digest instead


def test_a_digest_says_what_is_expected(forgetful: Path, program: RunProgram) -> None:
    digest = program("plan", "--format", "json").document["digest"]
    write_certificate(forgetful, "old/3")
    now = program("plan", "--format", "json").document["digest"]
    assert_stale(program("apply", "--expect", digest), f"the plan made now has another digest: {now}")
    assert program("apply", "--expect", now).code == 0
    assert known(forgetful) == ["www"]


def test_a_digest_of_the_very_first_plan(tree: Path, program: RunProgram) -> None:
    digest = program("plan", "--format", "json").document["digest"]
    assert not (tree / "state").exists()
    # The CA is not there, but the plan was the right one; and the state is a new one by then.
    assert program("apply", "--expect", digest, "--no-wait").code == 4
    assert (tree / "state/meta.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plan.json", "--expect", f"sha256:{'0' * 64}"], "FILE and --expect exclude each other"),
        (["plan.json", "--select", "www"], "FILE says itself what was chosen"),
        (["plan.json", "--account", "ca"], "FILE says itself what was chosen"),
        (["--expect", ""], "is no digest"),
        (["--expect", "sha256:0"], "is no digest; `reconciler plan --digest` shows it"),
        (["nowhere.json"], "does not exist"),
        (["."], "is a directory"),
    ],
)
def test_wrong_usage(forgetful: Path, program: RunProgram, arguments: list[str], message: str) -> None:
    program("plan", "--out", "plan.json")
    done = program("apply", *arguments)
    assert (done.code, done.out) == (64, "")
    assert message in done.err


# Files that are no saved plans


def test_a_plan_for_programs_is_no_saved_plan(forgetful: Path, program: RunProgram) -> None:
    (forgetful / "plan.json").write_text(program("plan", "--format", "json").out)
    done = program("apply", "plan.json")
    assert done.code == 1
    assert "plan.json: it is no saved plan; `reconciler plan --out FILE` writes one" in done.err


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 10_000,
        b"NaN",
        b'{"kind": "saved_plan", "format_version": "99.0"}',
        b'{"kind": "saved_plan", "format_version": "1.0"}',
        "\u202e\x1b[2J".encode(),
    ],
)
def test_what_is_no_saved_plan_is_one_clear_error(
    forgetful: Path, program: RunProgram, content: bytes
) -> None:
    (forgetful / "plan.json").write_bytes(content)
    done = program("apply", "plan.json")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: plan.json: ")
    assert "fault of reconciler" not in done.err
    assert "\x1b" not in done.err


def test_a_large_file_is_not_read_to_its_end(
    forgetful: Path, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_plans, "_MOST_BYTES", 2**20)
    (forgetful / "plan.json").write_bytes(b" " * (2**20 + 1))
    done = program("apply", "plan.json")
    assert (done.code, "larger than 1 MiB" in done.err) == (1, True)


def test_any_part_and_any_change_of_a_file_is_an_error_or_does_what_was_saved(
    forgetful: Path, program: RunProgram
) -> None:
    program("plan", "--out", "plan.json", "--select", "old/1")
    whole = (forgetful / "plan.json").read_bytes()
    # Behind the plan for people nothing is looked at.
    decides = whole.index(b'  "plan": {')

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.integers(0, decides - 1), st.binary(min_size=1, max_size=4), st.booleans())
    def changed(at: int, put: bytes, is_cut: bool) -> None:
        content = whole[:at] if is_cut else whole[:at] + put + whole[at + len(put) :]
        (forgetful / "changed.json").write_bytes(content)
        limits = ("--max-forget", "0")
        done = program("apply", "changed.json", *limits)
        assert done.code in (1, 6, 8)
        # What is chosen is no part of the digest: another choice may come to the same actions.
        assert done.code != 8 or says_the_same(content, whole)
        assert done.err.splitlines()[-1].startswith(("error: ", "hint: ", "Nothing was done: "))
        assert "fault of reconciler" not in done.err
        assert len(known(forgetful)) == 3

    changed()


def says_the_same(content: bytes, other: bytes) -> bool:
    """Say whether two files say the same where it matters."""
    try:
        first, second = json.loads(content), json.loads(other)
    except ValueError:
        return False
    # What is not there is as null is; other fields are not read.
    actions = ("action", "name", "order_id", "asked", "touches")
    said, wanted = (
        [[each.get(name) for name in actions] for each in one.get("actions") or []] for one in (first, second)
    )
    matter = ("kind", "lineage", "digest")
    return said == wanted and all(first.get(name) == second[name] for name in matter)


def test_there_is_no_secret_in_it(tree: Path, program: RunProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EAB", "c2VjcmV0LXNlY3JldC1zZWNyZXQ")
    account = (
        "directory_url: https://ca.test/directory\nterms_of_service_agreed: true\n"
        "eab_kid: kid\neab_key: {env: EAB}\n"
    )
    write_tree(tree, **{"accounts/ca.yaml": account})
    program("plan", "--out", "plan.json")
    text = (tree / "plan.json").read_text()
    assert document(tree / "plan.json")["actions"]
    for secret in ("c2VjcmV0", "PRIVATE KEY", str(tree)):
        assert secret not in text


def test_standard_streams_that_are_closed(forgetful: Path) -> None:
    for arguments in ("plan --out - >&-", "apply - <&-"):
        command = f"{shlex.join(PROGRAM)} {arguments}"
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=forgetful,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "is closed" in done.stderr
        assert "fault of reconciler" not in done.stderr
