"""`reconciler log`, and what commands that change something at once leave in it."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.model.log import LogEntry, LogEvent
from reconciler.store import Store
from tests.acceptance.trees import write_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram
    from tests.engine.rig import Rig

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def store(tree: Path) -> Store:
    """Return a state in which two runs have done something: the first a month ago, the second just now."""
    store = Store(tree / "state")
    with store.lock("test", NOW):
        for run, ago in (("one", 30), ("two", 0)):
            began = NOW - dt.timedelta(days=ago, seconds=60)
            store.add_to_log(
                [
                    LogEntry(began, run, LogEvent.RUN_STARTED, {"command": f"run {run}"}),
                    LogEntry(began, run, LogEvent.CERTIFICATE_FORGOTTEN, {"certificate": "shop/www"}),
                    LogEntry(began, run, LogEvent.CERTIFICATE_FORGOTTEN, {"certificate": "other"}),
                    LogEntry(began, run, LogEvent.RUN_ENDED, {"exit_code": 0}),
                ]
            )
    return store


def shown(program: RunProgram, *options: str) -> list[tuple[int, str]]:
    document = program("log", "--format", "json", *options).document
    return [(entry["line"], entry["event"]) for entry in document["entries"]]


def test_no_log_is_no_error(tree: Path, program: RunProgram) -> None:
    assert program("log").out == "No entries.\n"
    assert program("log", "--verify").out == "state/events.jsonl is whole: 0 entries.\n"
    assert shown(program) == []
    assert program("log", "--verify", "--format", "json").document["last_hash"] is None


def test_the_newest_is_last(store: Store, program: RunProgram) -> None:
    lines = program("log").out.splitlines()
    assert len(lines) == 9
    assert "run one" in lines[1]
    assert "run two" in lines[5]


def test_what_is_shown_can_be_chosen(store: Store, program: RunProgram) -> None:
    forgotten, started = "certificate_forgotten", "run_started"
    assert shown(program, "--limit", "2") == [(7, forgotten), (8, "run_ended")]
    assert len(shown(program, "--limit", "0")) == 8
    assert shown(program, "--certificate", "shop/www") == [
        (1, started),
        (2, forgotten),
        (5, started),
        (6, forgotten),
    ]
    assert shown(program, "--certificate", "shop/www", "--since", "24h", "--limit", "1") == [(6, forgotten)]
    assert [line for line, _ in shown(program, "--since", "2d")] == [5, 6, 7, 8]
    assert shown(program, "--certificate", "unknown") == []


def test_a_log_that_is_whole_can_be_kept_track_of(store: Store, program: RunProgram) -> None:
    document = program("log", "--verify", "--format", "json").document
    assert (document["is_whole"], document["lines"], document["problems"]) == (True, 8, [])
    kept = document["last_hash"]
    assert program("log", "--expect", kept).code == 0
    lines = store.event_log.read_bytes().splitlines(keepends=True)
    store.event_log.write_bytes(b"".join(lines[:-1]))
    assert program("log", "--verify").code == 0
    ran = program("log", "--expect", kept)
    assert ran.code == 1
    assert "is not the log that is expected" in ran.out


def test_a_line_that_was_altered_is_named(store: Store, program: RunProgram) -> None:
    content = store.event_log.read_text().replace("shop/www", "shop/xxx", 1)
    store.event_log.write_text(content)
    ran = program("log", "--verify")
    assert ran.code == 1
    assert ran.out == (
        "state/events.jsonl is not as it was written, from line 2 on.\n"
        "  line 2: it is not what was written: something in it was altered\n"
    )
    ran = program("log", "--verify", "--format", "json")
    assert ran.code == 1
    assert [(each["line"], each["flaw"]) for each in ran.document["problems"]] == [(2, "altered")]
    # It is shown all the same.
    assert "shop/xxx" in program("log").out


def test_a_log_that_cannot_be_understood_is_shown_as_far_as_it_can(store: Store, program: RunProgram) -> None:
    with store.event_log.open("ab") as file:
        file.write(b'\xff\n{"event":"x","time":"yesterday","run":1}\n{"event":"x"}\n' + b"[" * 100_000)
    assert len(shown(program, "--limit", "0")) == 8
    assert len(shown(program, "--certificate", "shop/www")) == 4
    flaws = program("log", "--verify", "--format", "json").document["problems"]
    assert [(each["line"], each["flaw"]) for each in flaws] == [
        (9, "unreadable"),
        (10, "altered"),
        (11, "altered"),
        (12, "unreadable"),
    ]


@pytest.mark.parametrize("value", ["", "abc", "G" * 64, "a" * 65])
def test_what_is_no_hash_is_refused(tree: Path, program: RunProgram, value: str) -> None:
    assert program("log", "--expect", value).code == 64


def test_errors_in_the_tree_are_no_obstacle_but_those_in_the_settings(
    store: Store, tree: Path, program: RunProgram
) -> None:
    write_tree(tree, **{"certificates/bad.yaml": "role: nobody\n"})
    assert len(shown(program)) == 8
    write_tree(tree, **{"reconciler.yaml": "unknown: 1\n"})
    assert program("log").code == 5


# What commands leave


@pytest.fixture
def rig_in_ci(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    for name, value in {
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "acme/certs",
        "GITHUB_RUN_ID": "7",
        "GITHUB_ACTOR": "octocat",
    }.items():
        monkeypatch.setenv(name, value)
    return rig


def told(program: RunProgram) -> list[dict[str, Any]]:
    assert program("log", "--verify").code == 0
    entries = program("log", "--format", "json", "--limit", "0").document["entries"]
    assert all(each["facts"].get("exit_code", 0) == 0 for each in entries)
    return [each for each in entries if each["event"] != "run_ended"]


def test_apply_and_what_people_do_is_written_down(rig_in_ci: Rig, program: RunProgram) -> None:
    assert program("apply").code == 0
    assert program("order", "revoke", "www", "--reason", "superseded").code == 0
    assert program("order", "retry", "www").code == 0
    assert program("account", "rotate-key", "ca", "--force").code == 0
    assert program("account", "deactivate", "ca", "--force").code == 0
    entries = told(program)
    assert [(each["event"], each["certificate"] or each["account"]) for each in entries] == [
        ("run_started", None),
        ("account_registered", "ca"),
        ("order_submitted", "www"),
        ("certificate_issued", "www"),
        ("run_started", None),
        ("certificate_revoked", "www"),
        ("run_started", None),
        ("order_retried", "www"),
        ("run_started", None),
        ("account_key_rotated", "ca"),
        ("run_started", None),
        ("account_deactivated", "ca"),
    ]
    starts = [each["facts"] for each in entries if each["event"] == "run_started"]
    assert [each["command"] for each in starts] == [
        "reconciler apply",
        "reconciler order revoke",
        "reconciler order retry",
        "reconciler account rotate-key",
        "reconciler account deactivate",
    ]
    assert {each["run_url"] for each in starts} == {"https://github.com/acme/certs/actions/runs/7"}
    assert {each["actor"] for each in starts} == {"octocat"}


def test_an_order_by_hand_is_written_down_to_its_end(rig_in_ci: Rig, program: RunProgram) -> None:
    rig_in_ci.uses_webroot = False
    assert program("apply").code == 0
    assert program("order", "fulfilled", "--all").code == 0
    assert program("order", "cancel", "www").code == 0
    assert [each["event"] for each in told(program) if each["event"] != "run_started"] == [
        "account_registered",
        "order_submitted",
        "order_awaits_people",
        "order_fulfilled",
        "order_cancelled",
    ]


def test_a_command_that_goes_on_is_one_run(rig_in_ci: Rig, program: RunProgram) -> None:
    assert program("apply").code == 0
    [order] = rig_in_ci.store.orders().values()
    assert program("order", "revoke", "www").code == 0
    assert program("order", "retry", order.order_id, "--continue").code == 0
    last = told(program)[-4:]
    assert [each["event"] for each in last] == [
        "run_started",
        "order_retried",
        "order_submitted",
        "certificate_issued",
    ]
    assert len({each["run"] for each in last}) == 1


def test_a_command_that_fails_after_it_did_something_says_how_it_ended(
    rig_in_ci: Rig, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert program("apply").code == 0
    assert program("order", "revoke", "www").code == 0
    monkeypatch.setattr("reconciler.cli.go_on._only", lambda *_arguments, **_options: 1 / 0)
    assert program("order", "retry", "www", "--continue").code == 1
    [*_, retried, ended] = program("log", "--format", "json").document["entries"]
    assert (retried["event"], ended["event"]) == ("order_retried", "run_ended")
    assert ended["facts"]["exit_code"] == 1


def test_a_command_that_is_refused_writes_nothing(rig_in_ci: Rig, program: RunProgram) -> None:
    assert program("order", "cancel", "www").code == 1
    assert program("account", "rotate-key", "ca").code == 1
    assert program("log").out == "No entries.\n"


def test_what_is_recorded_is_shown(rig_in_ci: Rig, program: RunProgram) -> None:
    assert program("apply").code == 0
    url = "https://github.com/acme/certs/actions/runs/7"
    expected = {"commit": None, "is_modified": False, "run_url": url}
    order = program("order", "show", "www", "--format", "json").document
    certificate = program("certificate", "show", "www", "--format", "json").document
    [found] = program("certificate", "lookup", order["serial_number"], "--format", "json").document[
        "certificates"
    ]
    for shown_document in (order, certificate, found):
        assert shown_document["origin"] == expected
        assert shown_document["requested_by"] is None
    assert url in program("order", "show", "www").out
    assert url in (rig_in_ci.store.root / "certificates/www.yaml").read_text()


def test_a_log_that_is_no_file_is_not_waited_for(store: Store, program: RunProgram) -> None:
    path = store.event_log
    path.unlink()
    path.symlink_to("/dev/zero")
    assert "events.jsonl is a link, and is not followed" in program("log").err
    path.unlink()
    os.mkfifo(path)
    done = program("log", "--verify")
    assert (done.code, "no regular file" in done.err) == (1, True)


def test_any_number_of_lines_may_be_asked_for(store: Store, program: RunProgram) -> None:
    assert len(shown(program, "--limit", "9" * 30)) == 8
    assert program("log", "--since", "\u0661d").code == 64
    assert program("log", "--since", "9" * 5000 + "d").code == 64
