from __future__ import annotations

import pytest

from benchmarks.options import RUNS, SIZES, parse, sizes_for, tasks_for
from benchmarks.tasks import Task


def test_everything_is_measured_unless_something_is_named() -> None:
    assert parse([]).benchmark == "all"
    for name in RUNS:
        assert parse([name]).benchmark == name


def test_what_is_not_given_is_left_to_each_benchmark() -> None:
    options = parse([])
    assert (options.certificates, options.runs, options.format) == (None, None, "text")
    assert sizes_for(options, "plan") == (100, 1_000, 10_000)
    assert tasks_for(options) == (Task(100),)


def test_all_can_be_set() -> None:
    arguments = "issue --certificates 7 8 --runs 2 --retry-after 0 --names 3 --nonces-refused 5 --format json"
    options = parse(arguments.split())
    assert (options.runs, options.format) == (2, "json")
    assert sizes_for(options, "issue") == (7, 8)
    assert tasks_for(options) == tuple(
        Task(size, names=3, retry_after=0, nonces_refused=5) for size in (7, 8)
    )


def test_what_takes_long_is_measured_only_when_it_is_asked_for() -> None:
    options = parse(["--thorough"])
    assert 100_000 in sizes_for(options, "plan")
    assert 10_000 in sizes_for(options, "grow")
    assert sizes_for(options, "dns") == SIZES["dns"]
    cases = tasks_for(options)
    assert {task.retry_after for task in cases} == {1, 3, 5}
    assert {task.certificates for task in cases} == {100, 1_000}


@pytest.mark.parametrize("arguments", [["--thorough", "--certificates", "5"], ["--thorough", "--names", "2"]])
def test_thorough_has_all_cases(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["walk"],
        ["--runs", "0"],
        ["--names", "-1"],
        ["--certificates", "many"],
        ["--retry-after=-1"],
        ["--nonces-refused=-1"],
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        parse(arguments)
    assert exit_info.value.code == 2
    assert "invalid" in capsys.readouterr().err
