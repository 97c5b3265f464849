"""When renewal is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.renewal import (
    RenewalInfo,
    RenewalRule,
    RenewalWindow,
    renewal_due_at,
    renewal_info_after,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lifetime", "rule", "left"),
    [
        (timedelta(days=90), None, timedelta(days=30)),
        (timedelta(days=10), None, timedelta(days=10) / 3),
        (timedelta(days=6), None, timedelta(days=3)),
        (timedelta(days=90), RenewalRule(fraction=0.5), timedelta(days=45)),
        (timedelta(days=90), RenewalRule(duration=timedelta(days=20)), timedelta(days=20)),
        (timedelta(days=6), RenewalRule(duration=timedelta(days=20)), timedelta(days=3)),
        (timedelta(days=20), RenewalRule(duration=timedelta(days=20)), timedelta(days=20) / 3),
    ],
)
def test_renewal_due_at(lifetime: timedelta, rule: RenewalRule | None, left: timedelta) -> None:
    assert renewal_due_at(START, START + lifetime, rule) == START + lifetime - left


END = START + timedelta(days=90)
SELECTED = START + timedelta(days=50)


@pytest.mark.parametrize("rule", [None, RenewalRule(fraction=0.9), RenewalRule(duration=timedelta(days=1))])
@pytest.mark.parametrize(
    ("selected", "counts"),
    [
        (SELECTED, True),
        (START - timedelta(days=1), True),
        (END - timedelta(seconds=1), True),
        (END, False),
        (END + timedelta(days=1), False),
        (None, False),
    ],
)
def test_what_the_ca_says_goes_before_the_rule_while_the_certificate_is_valid(
    rule: RenewalRule | None, selected: datetime | None, counts: bool
) -> None:
    due = renewal_due_at(START, END, rule, RenewalInfo(START, None, selected))
    assert due == (selected if counts else renewal_due_at(START, END, rule))


WINDOW = RenewalWindow(SELECTED, SELECTED + timedelta(days=2), "https://ca.test/why")
NOW = START + timedelta(days=40)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("fraction", "moment"),
    [
        (0.0, WINDOW.start),
        (0.25, WINDOW.start + timedelta(hours=12)),
        (1.0, WINDOW.end),
        (1 / 7, WINDOW.start + timedelta(hours=6, minutes=51, seconds=25)),
    ],
)
def test_a_moment_in_the_window(fraction: float, moment: datetime) -> None:
    assert WINDOW.moment(fraction) == moment
    assert WINDOW.start <= WINDOW.moment(fraction) <= WINDOW.end


def test_the_moment_is_drawn_when_the_window_is_named() -> None:
    info = renewal_info_after(None, WINDOW, None, NOW, 0.5)
    assert info == RenewalInfo(NOW + timedelta(hours=6), WINDOW, SELECTED + DAY)


def test_it_is_kept_as_long_as_the_window_is_the_same_whatever_is_said_of_it() -> None:
    first = renewal_info_after(None, WINDOW, None, NOW, 0.5)
    other_url = RenewalWindow(WINDOW.start, WINDOW.end, "https://ca.test/other")
    again = renewal_info_after(first, other_url, None, NOW + DAY, 0.9)
    assert (again.selected_time, again.window) == (first.selected_time, other_url)


@pytest.mark.parametrize(
    "window", [RenewalWindow(NOW, WINDOW.end), RenewalWindow(WINDOW.start, WINDOW.end + DAY)]
)
def test_it_is_drawn_anew_where_the_window_is_another(window: RenewalWindow) -> None:
    first = renewal_info_after(None, WINDOW, None, NOW, 0.5)
    again = renewal_info_after(first, window, None, NOW + DAY, 0.25)
    assert (again.selected_time, again.window) == (window.moment(0.25), window)


def test_a_window_that_was_named_for_the_first_time_after_there_was_none() -> None:
    nothing = renewal_info_after(None, None, None, NOW, 0.5)
    assert nothing == RenewalInfo(NOW + timedelta(hours=6))
    assert renewal_info_after(nothing, WINDOW, None, NOW, 0.0).selected_time == WINDOW.start


def test_what_was_known_stays_where_the_ca_could_not_be_asked() -> None:
    first = renewal_info_after(None, WINDOW, None, NOW, 0.5)
    again = renewal_info_after(first, None, None, NOW + DAY, 0.9)
    assert (again.window, again.selected_time) == (WINDOW, first.selected_time)
    assert again.next_check == NOW + DAY + timedelta(hours=6)


@pytest.mark.parametrize(
    ("retry_after", "next_check"),
    [
        (None, NOW + 6 * HOUR),
        (NOW - DAY, NOW + MINUTE),
        (NOW, NOW + MINUTE),
        (NOW + MINUTE, NOW + MINUTE),
        (NOW + HOUR, NOW + HOUR),
        (NOW + DAY, NOW + DAY),
        (NOW + 30 * DAY, NOW + DAY),
    ],
)
def test_the_ca_is_asked_again_after_a_minute_at_the_soonest_and_a_day_at_the_latest(
    retry_after: datetime | None, next_check: datetime
) -> None:
    assert renewal_info_after(None, WINDOW, retry_after, NOW, 0.5).next_check == next_check


def test_a_day_until_the_next_check() -> None:
    info = renewal_info_after(None, WINDOW, None, NOW, 0.5)
    assert info.until_tomorrow(NOW) == RenewalInfo(NOW + DAY, info.window, info.selected_time)
