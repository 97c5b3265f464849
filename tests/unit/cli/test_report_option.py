from __future__ import annotations

import os
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.main import run
from reconciler.cli.report_option import Target
from reconciler.model.finding import Finding, Location
from reconciler.render.report_kinds import ReportKind
from reconciler.render.reports import Report, render_report

if TYPE_CHECKING:
    from pathlib import Path


def target(path: Path, kind: ReportKind = ReportKind.MARKDOWN) -> Target:
    return Target(kind, path)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (
            ("plan", "--report", "html=x"),
            "'html' is no kind of report; there are: text, json, markdown, github, ",
        ),
        (("plan", "--report", "github"), "write github=FILE, or github=- for standard output"),
        (("plan", "--report", "sarif="), "write sarif=FILE"),
        (
            ("plan", "--report", "github=-", "--report", "sarif=-"),
            "only one report can go to standard output",
        ),
        (("plan", "--report", "github=x", "--report", "sarif=./x"), "two reports cannot go to one file"),
        (("validate", "--report", "gitlab-terraform=x"), "there are: github, sarif, codequality, junit"),
    ],
)
def test_wrong_usage_says_what_is_right(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], why: str
) -> None:
    assert run(arguments) == 64
    assert why in capsys.readouterr().err


def test_a_file_is_written_whole_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "plan.md"
    target(path).write("first")
    target(path).write("ü")
    assert path.read_bytes() == "ü".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    target(tmp_path / "link").write("x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "x"


def test_two_ways_to_one_file_are_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "folder").mkdir()
    for other in ("link", "folder/../real"):
        reports = ("--report", f"json={tmp_path}/real", "--report", f"sarif={tmp_path}/{other}")
        assert run(("plan", *reports)) == 64
        assert "two reports cannot go to one file" in capsys.readouterr().err
        assert run(("plan", "--out", f"{tmp_path}/{other}", *reports[:2])) == 64
        assert "the saved plan and a report cannot go to one file" in capsys.readouterr().err
    assert not (tmp_path / "real").exists()


def test_a_pipe_is_written_to_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    found: list[str] = []
    reader = Thread(target=lambda: found.append(path.read_text()))
    reader.start()
    target(path).write("x")
    reader.join()
    assert found == ["x"]
    assert path.is_fifo()


def test_a_job_summary_is_added_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    assert target(path).limit == 1_000_000
    path.write_text("before\n")
    assert target(path).limit == 999_993
    target(path).write("x")
    assert path.read_text() == "before\nx"
    assert target(tmp_path / "other").limit is None


def test_notes_on_gitlab_may_be_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    assert target(tmp_path / "x").limit == 1_000_000


def test_a_summary_that_is_full_gets_no_more_than_the_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "summary"
    path.write_bytes(b"x" * 1_000_000)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    findings = tuple(Finding("x", f"no {number}", Location("roles/a.yaml", number)) for number in range(99))
    text = render_report(Report("plan", findings), ReportKind.MARKDOWN, limit=target(path).limit)
    assert "not shown: 99 findings" in text
    assert len(text) < 300
