"""Each system call that changes a file fails once: a full disk, one that is read-only, one that is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pebble.crash.bench import points_of
from tests.pebble.crash.checks import keys_that_count
from tests.pebble.crash.failing import fail
from tests.pebble.crash.scenarios import SCENARIOS
from tests.pebble.crash.test_killed import undisturbed

if TYPE_CHECKING:
    from tests.conftest import RecordFigure
    from tests.pebble.crash.bench import Bench, Event, Point
    from tests.pebble.crash.scenarios import Scenario

PARTS = 4


def calls_on_files(bench: Bench, scenario: Scenario) -> list[tuple[Point, Event]]:
    events = undisturbed(bench, scenario)
    return [(at, event) for at, event in zip(points_of(events), events, strict=True) if not event.is_send]


def failed(bench: Bench, scenario: Scenario, at: Point, event: Event) -> None:
    site = bench.site()
    scenario.prepare(site)
    try:
        fail(site, scenario.arguments, at, event)
        scenario.assert_done(site, keys_that_count(site))
    except AssertionError as error:
        raise AssertionError(f"{event} failed, {at}") from error
    site.leave()


def test_a_sample(bench: Bench) -> None:
    scenario = SCENARIOS["renewal"]
    calls = calls_on_files(bench, scenario)
    for at, event in calls[6 :: len(calls) // 6]:
        failed(bench, scenario, at, event)


@pytest.mark.chaos
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", ["first", "renewal"])
def test_each_call(bench: Bench, name: str, part: int, record_figure: RecordFigure) -> None:
    scenario = SCENARIOS[name]
    calls = calls_on_files(bench, scenario)[part::PARTS]
    for at, event in calls:
        failed(bench, scenario, at, event)
    record_figure(
        f"failing calls, {name}, part {part + 1}", f"{len(calls)} failures, each completed by the next run"
    )
