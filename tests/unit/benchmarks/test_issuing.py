from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from benchmarks import issuing
from benchmarks.clients import lego_version
from benchmarks.issuing import LockedUpError, Task, benchmark_issuing
from benchmarks.measure import MeasurementError

if TYPE_CHECKING:
    from pathlib import Path

TASK = Task(certificates=5, names=3, retry_after=1)
FIGURES = (1.0, 2.0, 7.0, 50.0)


def test_one_certificate_more_than_is_measured_and_no_name_twice() -> None:
    names = TASK.all_names()
    assert [len(each) for each in names] == [3] * 6
    assert len({name for each in names for name in each}) == 18


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


def scripted(monkeypatch: pytest.MonkeyPatch, *outcomes: Exception | None) -> list[Exception | None]:
    left = list(outcomes)

    def attempt(*_: object) -> tuple[float, ...]:
        outcome = left.pop(0)
        if outcome is not None:
            raise outcome
        return FIGURES

    monkeypatch.setattr(issuing, "_try", attempt)
    return left


def test_a_ca_that_locks_itself_up_is_no_fault_of_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, LockedUpError(), None, None)
    monkeypatch.setattr(issuing, "lego_version", lambda: None)
    table = benchmark_issuing(TASK, runs=2)
    assert [series.values for series in table.rows[0].figures] == [(each, each) for each in FIGURES]
    assert any("1 times Pebble locked itself up" in note for note in table.notes)


def test_it_is_not_repeated_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    left = scripted(monkeypatch, *(LockedUpError() for _ in range(4)))
    with pytest.raises(MeasurementError, match="3 times the CA locked itself up"):
        benchmark_issuing(TASK, runs=1)
    assert len(left) == 1


def test_a_failure_of_the_client_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    left = scripted(monkeypatch, MeasurementError("a certificate is missing"), None)
    with pytest.raises(MeasurementError, match="is missing"):
        benchmark_issuing(TASK, runs=1)
    assert len(left) == 1


def test_without_lego_we_are_measured_alone_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, None)
    monkeypatch.setattr(issuing, "lego_version", lambda: None)
    table = benchmark_issuing(TASK, runs=1)
    assert [row.name for row in table.rows] == ["reconciler apply"]
    assert any("apt-get install lego" in note for note in table.notes)


def test_beside_lego_there_is_a_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, None, None)
    monkeypatch.setattr(issuing, "lego_version", lambda: "4.9.1")
    table = benchmark_issuing(TASK, runs=1)
    assert [row.name for row in table.rows] == ["reconciler apply", "lego, 8 at a time", "ratio"]
    assert [series.median for series in table.rows[2].figures] == [1.0] * 4
