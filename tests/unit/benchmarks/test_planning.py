from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import planning
from benchmarks.measure import MeasurementError, measure
from benchmarks.octodns import VALUES, expect_creates, octodns_plan
from benchmarks.planning import benchmark_planning
from benchmarks.repository import commit_tree, git

if TYPE_CHECKING:
    from pathlib import Path


def test_octodns_plans_all_records(tmp_path: Path) -> None:
    log = measure([octodns_plan(tmp_path, 3, VALUES)]).expect().log
    assert expect_creates(log, 3) == ""
    assert "does not plan Creates=4" in expect_creates(log, 4)
    assert len((tmp_path / "config/example.com.yaml").read_text().splitlines()) == 3 * (5 + VALUES)


def test_every_command_has_a_row_and_octodns_only_if_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "octodns_version", lambda: None)
    table = benchmark_planning((2,), runs=1)
    names = [row.name for row in table.rows]
    assert names[0] == "2: git status"
    assert names[-2:] == ["2: git status, state committed", "2: plan, all issued, warm, state committed"]
    assert not any("octoDNS" in name for name in names)
    assert any("octoDNS is not installed" in note for note in table.notes)
    in_octodns = [column.name for column in table.columns].index("in units of octoDNS")
    assert {row.figures[in_octodns] for row in table.rows} == {None}


def test_a_plan_that_is_not_what_it_should_be_fails_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "octodns_version", lambda: None)
    monkeypatch.setattr(planning, "_CHANGES", 0)
    with pytest.raises(MeasurementError, match="did not end with 0, but with 2"):
        benchmark_planning((2,), runs=1)


def test_a_tree_is_committed_but_for_what_is_ignored(tmp_path: Path) -> None:
    for name in ("a.yaml", "privkey.pem"):
        (tmp_path / name).write_text("x")
    commit_tree(tmp_path, ["privkey.pem"])
    assert git(tmp_path, "ls-files").splitlines() == [".gitignore", "a.yaml"]
    commit_tree(tmp_path, [])
    assert git(tmp_path, "ls-files").splitlines() == [".gitignore", "a.yaml", "privkey.pem"]
    assert git(tmp_path, "status", "--porcelain") == ""
