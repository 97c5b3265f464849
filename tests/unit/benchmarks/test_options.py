from __future__ import annotations

import pytest

from benchmarks.__main__ import parse


def test_everything_is_measured_unless_something_is_named() -> None:
    assert parse([]).benchmark == "all"
    for name in ("issue", "dns", "startup", "plan", "policy", "requesters", "races"):
        assert parse([name]).benchmark == name


def test_what_is_not_given_is_left_to_each_benchmark() -> None:
    options = parse([])
    assert (options.certificates, options.runs) == (None, None)
    assert (options.retry_after, options.names, options.format) == (1, 1, "text")


def test_all_can_be_set() -> None:
    arguments = "issue --certificates 7 --runs 2 --retry-after 0 --names 3 --format json"
    options = parse(arguments.split())
    assert (options.certificates, options.runs, options.retry_after) == (7, 2, 0)
    assert (options.names, options.format) == (3, "json")


@pytest.mark.parametrize(
    "arguments",
    [["walk"], ["--runs", "0"], ["--names", "-1"], ["--certificates", "many"], ["--retry-after=-1"]],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        parse(arguments)
    assert exit_info.value.code == 2
    assert "invalid" in capsys.readouterr().err
