from __future__ import annotations

import pytest

from benchmarks.figures import Series


def test_the_median_is_not_moved_by_one_bad_run() -> None:
    series = Series((2.0, 100.0, 1.0))
    assert (series.median, series.least, series.most) == (2.0, 1.0, 100.0)
    assert Series((1.0, 2.0)).median == 1.5


def test_a_ratio_is_taken_run_by_run() -> None:
    ours, theirs = Series((1.0, 20.0, 3.0)), Series((2.0, 40.0, 3.0))
    assert ours.over(theirs).values == (0.5, 0.5, 1.0)


def test_only_what_was_measured_together_has_a_ratio() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Series((1.0, 2.0)).over(Series((1.0,)))


def test_a_share_is_that_of_each_run() -> None:
    assert Series((1.0, 3.0)).each(2).values == (0.5, 1.5)


def test_nothing_has_no_median() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Series(())


@pytest.mark.parametrize(
    ("values", "digits", "shown"),
    [((1.234,), 1, "1.2"), ((3.0, 1.0, 2.0), 2, "2.00 (1.00..3.00)"), ((12.6, 12.6), 0, "13")],
)
def test_several_runs_show_how_far_they_lie_apart(values: tuple[float, ...], digits: int, shown: str) -> None:
    assert Series(values).shown(digits) == shown
