"""The program killed before each system call that changes a file or sends something, and run again.

With a loss of power what was not synced is gone as well (`disk`). Only calls that sync or send change what is
durable, or what the CA knows: power is lost at each send, and right after each of both.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.pebble.crash.bench import Point, Watch, points_of
from tests.pebble.crash.checks import keys_that_count
from tests.pebble.crash.disk import Disk
from tests.pebble.crash.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.conftest import RecordFigure
    from tests.pebble.crash.bench import Bench, Event, Site
    from tests.pebble.crash.scenarios import Scenario
    from tools.system_calls import Call

PARTS = 4
EACH = {"first", "renewal", "key-change", "revocation", "forgotten"}
"""Where the program is killed at each call; elsewhere at each sixth."""


def undisturbed(bench: Bench, scenario: Scenario, *, anew: bool = False) -> list[Event]:
    """Return what happens in a run that nobody disturbs."""
    site = bench.site()
    scenario.prepare(site)
    watch = Watch(site.root)
    ended = site.watched(watch, *scenario.arguments, anew=anew)
    assert ended.code == 0, ended.output
    scenario.assert_done(site)
    site.leave()
    return watch.events


def power_points(events: Sequence[Event]) -> list[Point]:
    """Return where what is durable, or what the CA knows, is another than at the event before."""
    found: list[Point] = []
    for before, point, event in zip((None, *events), points_of(events), events, strict=False):
        if event.is_send or (before is not None and (before.is_send or before.name == "fsync")):
            found.append(point)
    return found


def strike(site: Site, arguments: Iterable[str], at: Point, disk: Disk) -> Event | None:
    """Kill a run; return where, and None where it came to its end before."""
    watch = Watch(site.root, at, before=disk.before)
    ended = site.watched(watch, *arguments)
    assert ended.was_killed == (watch.struck is not None), ended.output
    assert ended.was_killed or ended.code == 0, ended.output
    return watch.struck


def killed(
    bench: Bench, scenario: Scenario, at: Point, again: Point | None = None, *, loses_power: bool = False
) -> Event | None:
    """Kill a run, perhaps the next one as well, lose what was not synced or not, and see what comes of it."""
    site = bench.site()
    scenario.prepare(site)
    struck_again = None
    with Disk(site.root) as disk:
        struck = strike(site, scenario.arguments, at, disk)
        keys = keys_that_count(site)
        if again is not None:
            struck_again = strike(site, scenario.next_arguments, again, disk)
        if loses_power:
            site.lose_power(disk)
            keys = {}
        keys = {**keys, **keys_that_count(site)}
    try:
        scenario.assert_done(site, keys)
    except AssertionError as error:
        raise AssertionError(f"killed at {at}, {struck}; then at {again}, {struck_again}") from error
    site.leave()
    return struck


def test_a_sample(bench: Bench) -> None:
    for name in ("first", "renewal"):
        scenario = SCENARIOS[name]
        events = undisturbed(bench, scenario)
        points = points_of(events)
        struck = [killed(bench, scenario, point) for point in points[7 :: len(points) // 4]]
        power = power_points(events)[5::18]
        struck_by_power = [killed(bench, scenario, point, loses_power=True) for point in power]
        assert any(struck)
        assert any(struck_by_power)


@pytest.mark.chaos
def test_python_started_anew_does_what_one_that_was_forked_does(bench: Bench) -> None:
    scenario = SCENARIOS["first"]
    forked, anew = (undisturbed(bench, scenario, anew=anew) for anew in (False, True))
    assert [each for each in forked if not each.is_send] == [each for each in anew if not each.is_send]


@pytest.mark.chaos
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", SCENARIOS)
def test_everywhere(bench: Bench, name: str, part: int, record_figure: RecordFigure) -> None:
    scenario = SCENARIOS[name]
    points = points_of(undisturbed(bench, scenario))
    chosen = points if name in EACH else points[::6]
    struck = [killed(bench, scenario, point) for point in chosen[part::PARTS]]
    count = len([each for each in struck if each])
    record_figure(f"killed, {name}, part {part + 1}", f"{count} kills of {len(points)}, each resumed")


@pytest.mark.chaos
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", SCENARIOS)
def test_power_is_lost(bench: Bench, name: str, part: int, record_figure: RecordFigure) -> None:
    scenario = SCENARIOS[name]
    points = power_points(undisturbed(bench, scenario))
    chosen = points if name in EACH else points[::4]
    struck = [killed(bench, scenario, point, loses_power=True) for point in chosen[part::PARTS]]
    count = len([each for each in struck if each])
    record_figure(f"power lost, {name}, part {part + 1}", f"{count} times, each resumed")


@pytest.mark.chaos
@pytest.mark.timeout(900)
@pytest.mark.parametrize("loses_power", [False, True], ids=["killed", "power"])
@pytest.mark.parametrize("name", ["first", "renewal"])
def test_the_next_run_is_killed_too(
    bench: Bench, name: str, loses_power: bool, record_figure: RecordFigure
) -> None:
    scenario = SCENARIOS[name]
    points = points_of(undisturbed(bench, scenario))
    pairs = [(at, Point(again)) for at in points[3::25] for again in (3, 29)]
    for at, again in pairs:
        killed(bench, scenario, at, again, loses_power=loses_power)
    record_figure(
        f"killed twice, {name}, {'power lost' if loses_power else 'no power lost'}", f"{len(pairs)} times"
    )


@pytest.mark.parametrize("name", ["first", "renewal", pytest.param("two-names", marks=pytest.mark.chaos)])
def test_what_the_ca_may_know_of_is_durable_before_anything_is_sent(bench: Bench, name: str) -> None:
    """And nothing takes its place whose content is not durable."""
    scenario = SCENARIOS[name]
    site = bench.site()
    scenario.prepare(site)
    wrong: list[str] = []
    with Disk(site.root) as disk:

        def look(call: Call) -> None:
            disk.before(call)
            if call.is_send:
                wrong.extend(disk.unsynced(site.root / "state"))
            elif call.name == "rename" and "webroot" not in call.paths[0]:
                source = Path(call.paths[0])
                if source.is_file() and not disk.is_durable(source):
                    wrong.append(f"the content of {source}")

        assert site.watched(Watch(site.root, before=look), *scenario.arguments).code == 0
        disk.settle()
        # But for the lock, all is durable at the end.
        wrong += disk.unsynced(site.root / "state") + disk.unsynced(site.root / "certs")
    assert not wrong
    site.leave()
