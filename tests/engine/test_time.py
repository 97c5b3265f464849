"""A clock that jumps, and dates far away: nothing is lost, doubled or waited for in vain."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.ca.port import RenewalAnswer
from reconciler.engine.options import ApplyOptions
from reconciler.engine.renewal_times import is_to_be_asked
from reconciler.model.claim import Claim, ClaimKind
from reconciler.model.renewal import RenewalInfo, RenewalWindow
from tests.engine.checks import assert_settled
from tests.engine.fake_clock import FakeClock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RecordFigure
    from tests.engine.rig import Rig

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
# What the clock is off by from some request on. The order lives 7 days, and the certificate 90.
STEPS = (-3650 * DAY, -30 * DAY, -DAY, -HOUR, dt.timedelta(seconds=-3), HOUR, DAY, 5 * DAY)


class TrueTime(FakeClock):
    """The CA's clock: nobody sets it."""


def with_true_time(rig: Rig) -> TrueTime:
    """Give the CA a clock of its own, so that ours can be wrong."""
    true = TrueTime()
    rig.server.clock = true
    rig.server.issuer._clock = true
    return true


def step_at(rig: Rig, number: int, step: dt.timedelta) -> None:
    """Let the clock of this machine jump after so many requests."""
    left = [number]

    def after_request(_name: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            rig.clock.suspend(seconds=step.total_seconds())

    rig.server.after_request = after_request


def one_certificate_comes_of_it(rig: Rig, number: int, step: dt.timedelta) -> int:
    """Apply with a clock that jumps, and then with one that is right; return how many runs it took."""
    with_true_time(rig)
    rig.want("www", "www.example.com")
    step_at(rig, number, step)
    rig.apply(ApplyOptions(timeout=dt.timedelta(minutes=1)))
    rig.server.after_request = lambda _name: None
    rig.clock.suspend(seconds=-(rig.clock.now() - rig.server.clock.now()).total_seconds())
    runs = 1
    while rig.plan().has_changes:
        rig.apply()
        runs += 1
        assert runs < 4
    assert len(rig.server.completed()) == 1
    assert len(rig.server.issued) == 1
    assert_settled(rig)
    return runs


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_clock_that_jumps_within_a_run_doubles_nothing(rig: Rig, step: dt.timedelta) -> None:
    one_certificate_comes_of_it(rig, 4, step)


@pytest.mark.chaos
def test_a_clock_that_jumps_between_any_two_requests(tmp_path: Path, record_figure: RecordFigure) -> None:
    from tests.engine.rig import Rig

    count = most = 0
    for number in range(1, 12):
        for step in STEPS:
            folder = tmp_path / f"{number}-{count}"
            folder.mkdir()
            most = max(most, one_certificate_comes_of_it(Rig(folder), number, step))
            count += 1
    record_figure(
        "clock steps", f"{count} runs with a jump within; one certificate each, after {most} runs at most"
    )


def test_a_clock_that_jumps_far_ahead_ends_in_one_certificate_in_force(rig: Rig) -> None:
    true = with_true_time(rig)
    rig.want("www", "www.example.com")
    step_at(rig, 6, 400 * DAY)
    rig.apply()
    rig.server.after_request = lambda _name: None
    rig.clock.suspend(seconds=-(rig.clock.now() - true.now()).total_seconds())
    for _ in range(3):
        rig.clock.advance(days=1)
        true.advance(days=1)
        rig.apply()
    assert_settled(rig)
    assert len(rig.store.orders()) == 1


@pytest.mark.parametrize("step", [-10 * 365 * DAY, -2 * DAY, 2 * DAY], ids=str)
def test_what_the_ca_asked_to_wait_for_is_not_waited_for_ever(rig: Rig, step: dt.timedelta) -> None:
    """The date was written by a clock that was wrong."""
    with_true_time(rig)
    rig.want("www", "www.example.com")
    rig.server.retry_after = 20 * HOUR
    rig.server.processing_looks = 1
    rig.apply(ApplyOptions(wait=False))
    [order] = rig.store.orders().values()
    assert order.next_work_date is not None
    rig.server.retry_after = None
    before = sum(rig.server.requests.values())
    rig.clock.suspend(seconds=step.total_seconds())
    rig.apply()
    assert sum(rig.server.requests.values()) > before
    rig.clock.suspend(seconds=-step.total_seconds())
    rig.apply()
    assert len(rig.server.completed()) == 1
    assert_settled(rig)


def test_a_wait_is_kept_to_while_the_clock_is_right(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.server.retry_after = 20 * HOUR
    rig.server.processing_looks = 1
    rig.apply(ApplyOptions(wait=False))
    before = sum(rig.server.requests.values())
    rig.clock.advance(hours=19)
    rig.apply(ApplyOptions(wait=False))
    assert rig.server.requests["read_order"] + rig.server.requests["finalize_order"] <= before


def test_the_ca_is_asked_for_renewal_times_though_the_next_check_is_far_away(rig: Rig) -> None:
    rig.server.renewal_info = True
    rig.want("www", "www.example.com")
    rig.apply()
    certificate, now = rig.store.certificates()["www"], rig.clock.now()
    for away, asked in ((-HOUR, True), (HOUR, False), (DAY, False), (DAY + HOUR, True), (3650 * DAY, True)):
        info = RenewalInfo(now + away)
        assert is_to_be_asked(replace(certificate, renewal_info=info), now) is asked


@pytest.mark.parametrize(("start", "end"), [(-30 * DAY, -29 * DAY), (-DAY, DAY)])
def test_a_window_in_the_past_renews_once(rig: Rig, start: dt.timedelta, end: dt.timedelta) -> None:
    rig.server.renewal_info = True
    rig.fraction = 0.0
    rig.want("www", "www.example.com")
    rig.apply()
    certificate, now = rig.store.certificates()["www"], rig.clock.now()
    window = RenewalAnswer(RenewalWindow(now + start, now + end))
    rig.server.renewal_windows[certificate.certificate_id or ""] = window
    rig.clock.advance(days=1)
    rig.refresh()
    rig.apply()
    rig.refresh()
    rig.apply()
    assert len(rig.server.completed()) == 2
    assert_settled(rig)


def test_a_window_after_the_end_does_not_let_it_expire(rig: Rig) -> None:
    rig.server.renewal_info = True
    rig.want("www", "www.example.com")
    rig.apply()
    certificate, now = rig.store.certificates()["www"], rig.clock.now()
    window = RenewalAnswer(RenewalWindow(now + 36500 * DAY, now + 36501 * DAY))
    rig.server.renewal_windows[certificate.certificate_id or ""] = window
    rig.clock.advance(days=1)
    rig.refresh()
    rig.clock.advance(days=61)
    rig.apply()
    assert len(rig.server.completed()) == 2


@pytest.mark.parametrize(
    "now",
    [
        dt.datetime(2028, 2, 29, 12, tzinfo=dt.UTC),
        dt.datetime(2038, 1, 19, 3, 14, 7, tzinfo=dt.UTC),
        dt.datetime(2049, 12, 31, 23, 59, 59, tzinfo=dt.UTC),
        dt.datetime(2106, 2, 7, 6, 28, 15, tzinfo=dt.UTC),
        dt.datetime(9000, 1, 1, tzinfo=dt.UTC),
    ],
    ids=lambda each: f"{each:%Y-%m-%d}",
)
def test_years_to_come(rig: Rig, now: dt.datetime) -> None:
    rig.clock.suspend(seconds=(now - rig.clock.now()).total_seconds())
    rig.want("www", "www.example.com")
    rig.apply()
    assert_settled(rig)
    rig.clock.advance(days=70)
    assert rig.plan().has_changes
    rig.apply()
    assert_settled(rig)
    assert len(rig.server.completed()) == 2


def test_a_certificate_that_expires_while_the_run_waits_for_the_next(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    [certificate] = rig.store.certificates().values()
    rig.clock.suspend(seconds=(certificate.not_after - rig.clock.now()).total_seconds() - 5)
    rig.server.processing_looks = 6
    assert rig.apply().issued
    assert rig.clock.now() > certificate.not_after
    assert_settled(rig)
    assert len(rig.server.completed()) == 2


def test_an_order_that_expires_while_the_run_waits(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.server.retry_after = dt.timedelta(minutes=8)
    rig.server.lifetime = dt.timedelta(minutes=5)
    rig.apply(ApplyOptions(timeout=HOUR))
    rig.server.retry_after = None
    rig.server.lifetime = 7 * DAY
    rig.apply()
    rig.clock.advance(minutes=2)
    rig.apply()
    assert_settled(rig)
    assert len(rig.server.completed()) <= 2


def test_a_claim_counts_until_its_end_whatever_the_clock_says(rig: Rig) -> None:
    """One that seems to be from the future holds too: to work twice at the same thing would be worse."""
    now = rig.clock.now()
    claim = Claim(ClaimKind.CERTIFICATE, "www", "run", "clone", "apply", "ci@runner", now, now + HOUR)
    assert [claim.holds(now + away) for away in (-3650 * DAY, -DAY, dt.timedelta(), HOUR, DAY)] == [
        True,
        True,
        True,
        False,
        False,
    ]
