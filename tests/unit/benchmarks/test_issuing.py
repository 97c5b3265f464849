from __future__ import annotations

import dataclasses
import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from benchmarks import issuing
from benchmarks.clients import lego_version
from benchmarks.issuing import benchmark_issuing
from benchmarks.tasks import Issued, Task
from tools.acme_endpoints import Endpoint

if TYPE_CHECKING:
    from pathlib import Path

TASK = Task(certificates=5, names=3, retry_after=1)


def program(folder: Path, name: str, output: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{output}'\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("package", "own", "version"),
    [
        ("4.9.1-1", "lego version dev linux/amd64", "4.9.1-1"),
        ("", "lego version 4.20.2 linux/amd64", "4.20.2"),
        ("", "lego version dev linux/amd64", "of unknown version"),
    ],
)
def test_the_version_of_lego(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, own: str, version: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + "/bin")
    program(tmp_path, "lego", own)
    program(tmp_path, "dpkg-query", package)
    assert lego_version() == version


def test_there_may_be_no_lego(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lego_version() is None


def issued(seconds: float = 2.0, **requests: int) -> Issued:
    counts = Counter({Endpoint(name): number for name, number in requests.items()})
    return Issued(2, seconds, 0.1, 50.0, counts)


def scripted(monkeypatch: pytest.MonkeyPatch, *found: Issued, lego: str | None) -> None:
    left = list(found)
    monkeypatch.setattr(issuing, "issue", lambda *_: left.pop(0))
    monkeypatch.setattr(issuing, "lego_version", lambda: lego)


def test_without_lego_we_are_measured_alone_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, issued(newOrder=2), lego=None)
    table, requests = benchmark_issuing([TASK], runs=1)
    assert [row.name for row in table.rows] == ["5 of 3 names, Retry-After 1: reconciler apply"]
    assert [row.name for row in requests.rows] == ["5 of 3 names, Retry-After 1: reconciler apply"]
    assert any("apt-get install lego" in note for note in table.notes)


def test_beside_lego_there_is_a_ratio_for_each_task(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, *(issued(seconds, newOrder=2) for seconds in (3.0, 4.0, 1.0, 2.0)), lego="4.9.1")
    table, _ = benchmark_issuing([TASK, Task(2)], runs=1)
    assert [row.name.rpartition(": ")[2] for row in table.rows] == [
        *("reconciler apply", "lego, 8 at a time", "ratio"),
    ] * 2
    assert [row.figures[0].median for row in table.rows if row.figures[0]] == [3.0, 4.0, 0.75, 1.0, 2.0, 0.5]


def test_that_the_ca_locked_itself_up_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    again = dataclasses.replace(issued(newOrder=2), tries=3)
    scripted(monkeypatch, issued(newOrder=2), again, lego=None)
    table, _ = benchmark_issuing([TASK], runs=2)
    assert any("2 times Pebble locked itself up" in note for note in table.notes)


def test_requests_are_told_by_kind_and_the_question_of_rfc_9773_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scripted(monkeypatch, issued(newOrder=2, order=4, newNonce=1, renewalInfo=2), lego=None)
    _, requests = benchmark_issuing([TASK], runs=1)
    [row] = requests.rows
    found = {
        column.name: figure.median
        for column, figure in zip(requests.columns, row.figures, strict=True)
        if figure
    }
    assert found == {
        "RFC 8555": 3.5,
        "newNonce": 0.5,
        "newOrder": 1.0,
        "order": 2.0,
        "RFC 9773: renewalInfo": 1.0,
    }
