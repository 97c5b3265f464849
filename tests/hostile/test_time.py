"""Whole commands on a machine whose clock is wrong, or that is in another part of the world."""

from __future__ import annotations

import datetime as dt
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.hostile.in_process import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hostile.in_process import Here

_DAY = dt.timedelta(days=1)
_ZONES = ("UTC", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu", "Pacific/Niue", "Europe/Berlin")
_COMMANDS = (
    ("status",),
    ("plan",),
    ("order", "list"),
    ("certificate", "show", "www"),
    ("account", "show", "ca"),
    ("log",),
    ("status", "--format", "json"),
    ("certificate", "show", "www", "--format", "json"),
    ("log", "--format", "json"),
)


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let a test set TZ."""
    with monkeypatch.context() as patch:
        yield patch
    time.tzset()


@pytest.mark.parametrize(
    "now",
    [
        NOW,
        # Around the hour that New York and Berlin have twice, or not at all.
        dt.datetime(2027, 3, 14, 6, 59, 59, tzinfo=dt.UTC),
        dt.datetime(2027, 3, 14, 7, 0, tzinfo=dt.UTC),
        dt.datetime(2026, 12, 31, 23, 59, 59, tzinfo=dt.UTC),
        dt.datetime(2027, 10, 31, 1, 30, tzinfo=dt.UTC),
    ],
    ids=lambda each: f"{each:%Y-%m-%dT%H:%M}",
)
def test_the_time_zone_changes_nothing(here: Here, zone: pytest.MonkeyPatch, now: dt.datetime) -> None:
    assert here.run("apply", "--no-wait")[0] == 0
    here.now = now
    seen: dict[str, list[str]] = {}
    for name in _ZONES:
        zone.setenv("TZ", name)
        time.tzset()
        seen[name] = [here.run(*command)[1] for command in _COMMANDS]
    assert len({tuple(each) for each in seen.values()}) == 1
    assert "UTC" in seen["UTC"][0]


def test_the_time_zone_changes_no_record(here: Here, zone: pytest.MonkeyPatch) -> None:
    seen: dict[str, list[str]] = {}
    for name in _ZONES:
        here.forget()
        zone.setenv("TZ", name)
        time.tzset()
        assert here.run("apply", "--no-wait")[0] == 0
        records = "".join(path.read_text() for path in sorted((here.folder / "state").rglob("*.yaml")))
        seen[name] = re.findall(r"(?<!selected_time): '?(\d{4}-\d\d-\d\dT[^'\s]*)", records)
    assert f"{NOW:%Y-%m-%dT%H:%M}" in " ".join(seen["UTC"])
    assert all(each.endswith("Z") for each in seen["UTC"])
    for each in seen.values():
        for one, other in zip(each, seen["UTC"], strict=True):
            # The runs come one after the other; no zone is that near to another.
            assert abs(dt.datetime.fromisoformat(one) - dt.datetime.fromisoformat(other)) < dt.timedelta(
                minutes=10
            )


@pytest.mark.parametrize("now", [dt.datetime(1970, 1, 1, 0, 0, 10, tzinfo=dt.UTC), NOW - 2 * _DAY])
def test_a_clock_that_is_behind_is_said_and_nothing_is_lost(here: Here, now: dt.datetime) -> None:
    here.ca.now = lambda: NOW
    here.now = now
    code, said = here.run("apply", "--no-wait")
    assert code == 4
    assert f"now is {now:%Y-%m-%d %H:%M} UTC by the clock of this machine; correct that" in " ".join(
        said.split()
    )
    here.now = NOW
    assert here.run("apply", "--no-wait")[0] == 0
    assert len(here.ca.orders) == 1


def test_a_clock_that_is_a_day_ahead_orders_nothing_twice(here: Here) -> None:
    here.ca.now = lambda: NOW
    here.now = NOW + _DAY
    assert here.run("apply", "--no-wait")[0] == 0
    here.now = NOW
    assert here.run("apply", "--no-wait")[0] == 0
    assert here.run("status")[0] == 0
    assert len(here.ca.orders) == 1


@pytest.mark.parametrize(
    "now", [dt.datetime(1970, 1, 1, tzinfo=dt.UTC), NOW - 3650 * _DAY, NOW + 3650 * _DAY]
)
def test_what_only_shows_works_at_any_time(here: Here, now: dt.datetime) -> None:
    assert here.run("apply", "--no-wait")[0] == 0
    here.now = now
    for command in _COMMANDS:
        assert here.run(*command)[0] == 0
