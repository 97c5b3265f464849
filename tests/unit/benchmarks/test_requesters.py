from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING

import pytest

from benchmarks import requesters, signed
from benchmarks.history import least_commits, write_history
from benchmarks.measure import MeasurementError
from benchmarks.repository import GIT, git
from benchmarks.requesters import (
    benchmark_finding,
    benchmark_signatures,
    measure_finding,
    measure_signatures,
)
from benchmarks.signed import write_signed_commits

if TYPE_CHECKING:
    from pathlib import Path

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_a_history_is_as_long_as_it_is_said_to_be_and_half_of_it_merged(tmp_path: Path) -> None:
    history = write_history(tmp_path, certificates=30, commits=100)
    assert git(tmp_path, "rev-list", "--count", "HEAD") == "100"
    assert git(tmp_path, "rev-list", "--count", "--merges", "HEAD") == "15"
    assert git(tmp_path, "branch", "--list", "--format=%(refname)") == "refs/heads/main"
    first_parents = git(tmp_path, "rev-list", "--first-parent", "HEAD").split()
    assert sum(commit in first_parents for commit in history.origins.values()) == 15
    listed = git(tmp_path, "ls-tree", "-r", "--name-only", "HEAD", "certificates").splitlines()
    assert sorted(listed) == sorted(history.origins) == sorted(history.identifiers)


def test_a_history_can_be_too_short(tmp_path: Path) -> None:
    least = least_commits(3)
    enough, short = tmp_path / "enough", tmp_path / "short"
    enough.mkdir()
    short.mkdir()
    write_history(enough, 3, least)
    assert git(enough, "rev-list", "--count", "HEAD") == str(least)
    with pytest.raises(MeasurementError, match="1 commits more"):
        write_history(short, 3, least - 1)


def test_commits_are_found_and_a_wrong_one_fails_the_benchmark(tmp_path: Path) -> None:
    history = write_history(tmp_path, 6, 20)
    assert all(seconds > 0 for seconds in measure_finding(history))
    path = next(iter(history.origins))
    with pytest.raises(MeasurementError, match="find_origins: 1 of 6 answers are wrong"):
        measure_finding(dataclasses.replace(history, origins={**history.origins, path: history.head}))


def test_a_request_that_is_not_found_fails_the_benchmark(tmp_path: Path) -> None:
    history = write_history(tmp_path, 6, 20)
    path = next(iter(history.origins))
    others = {**history.identifiers, path: ("other.example.com",)}
    with pytest.raises(MeasurementError, match="find_origins: 1 of 6 answers are wrong"):
        measure_finding(dataclasses.replace(history, identifiers=others))


def test_git_log_must_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = write_history(tmp_path, 2, 10)
    monkeypatch.setattr(requesters, "git", lambda *_: "0" * 40)
    with pytest.raises(MeasurementError, match="git log: 2 of 2 answers are wrong"):
        measure_finding(history)


def test_the_table_of_finding_has_a_row_for_each_size() -> None:
    table = benchmark_finding(((2, 10), (4, 10)), runs=2)
    assert [row.name for row in table.rows] == ["2 certificates, 10 commits", "4 certificates, 10 commits"]
    for row in table.rows:
        assert [len(series.values) for series in row.figures if series] == [2] * len(table.columns)


def test_signatures_are_verified_and_a_wrong_one_fails_the_benchmark(tmp_path: Path) -> None:
    commits = write_signed_commits(tmp_path, commits=3, keys=8)
    assert (len(commits.fingerprints), len(commits.public_keys)) == (3, 8)
    assert len(set(commits.fingerprints.values())) == 3
    assert all(seconds > 0 for seconds in measure_signatures(commits))
    head = git(
        tmp_path, *("-c", "user.name=a", "-c", "user.email=a@b.example"), "commit-tree", "-m", "x", EMPTY_TREE
    )
    unsigned = {**commits.fingerprints, head: "SHA256:none"}
    with pytest.raises(MeasurementError, match="read_signatures: 1 of 4 answers are wrong"):
        measure_signatures(dataclasses.replace(commits, fingerprints=unsigned))


def test_the_table_of_signatures_has_a_row_for_each_number_of_keys() -> None:
    table = benchmark_signatures(2, (1, 3), runs=2)
    assert [row.name for row in table.rows] == ["1 keys", "3 keys"]
    for row in table.rows:
        assert [len(series.values) for series in row.figures if series] == [2] * len(table.columns)


def test_without_openssh_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(MeasurementError, match="apt-get install openssh-client"):
        signed.write_signed_commits(tmp_path, 1, 1)


def test_what_git_says_is_told(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match="git rev-parse nothing: fatal"):
        git(tmp_path, "rev-parse", "nothing")


def test_nobodys_settings_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "settings"
    settings.write_text("[alias]\n\tmine = version\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    assert GIT["GIT_CONFIG_GLOBAL"] != str(settings)
    with pytest.raises(MeasurementError, match="mine"):
        git(tmp_path, "mine")
