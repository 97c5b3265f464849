from __future__ import annotations

import io

import pytest
from rich.console import Console

from reconciler.model import events
from reconciler.model.order import Stage
from reconciler.render.progress import LiveProgress, PlainProgress
from reconciler.render.tally import Tally
from tests.unit.render.samples import AWAITING, EVENTS, ORDER_ID, RESULT
from tests.unit.values import NOW


def advanced(name: str, stage: Stage = Stage.SUBMITTED) -> events.OrderAdvanced:
    return events.OrderAdvanced(name, ORDER_ID, stage)


def plain(*reported: events.Event, verbose: bool = False) -> str:
    lines: list[str] = []
    with PlainProgress(lines.append, verbose=verbose) as progress:
        for event in reported:
            progress.report(event)
    return "".join(lines)


@pytest.mark.parametrize(("event", "line"), EVENTS)
def test_a_log_has_a_line_for_each_event(event: events.Event, line: str) -> None:
    assert plain(event) == f"{line}\n\n"


def test_a_log_leaves_out_stages_that_last_for_a_moment() -> None:
    moments = [advanced("www", stage) for stage in Stage]
    assert plain(*moments).count("\n") == 3
    assert plain(*moments, verbose=True).count("\n") == len(Stage) + 1


def test_a_log_tells_of_a_repeated_wait_once() -> None:
    wait = events.OrderPostponed("www", ORDER_ID, NOW)
    assert plain(wait, wait, wait).count("waits for the CA") == 1
    assert plain(wait, advanced("www"), wait).count("waits for the CA") == 2


def test_a_log_of_nothing_is_empty() -> None:
    assert plain() == ""


def test_the_tally_of_a_run() -> None:
    tally = Tally(total=9)
    reported: tuple[events.Event, ...] = (
        advanced("shop/www"),
        advanced("bad"),
        advanced("slow", Stage.PROCESSING_CHALLENGE),
        *RESULT.registered,
        *RESULT.delivered,
        *RESULT.forgotten,
        *RESULT.abandoned,
        AWAITING,
        RESULT.failed[0],
    )
    for event in reported:
        tally.add(event)
    assert tally.lines(10, elapsed=75.4) == [
        "Applying (1:15): 4 of 9 done, 1 waiting, 1 failed",
        "  slow  waits while the CA checks its challenges",
    ]


def test_the_tally_is_cut_to_the_height() -> None:
    tally = Tally(total=30)
    for number in range(30):
        tally.add(advanced(f"www{number}"))
    tally.notice = "stopping"
    lines = tally.lines(6, elapsed=0)
    assert len(lines) == 6
    assert lines[:3] == [
        "Applying (0:00): 0 of 30 done, 0 waiting, 0 failed",
        "stopping",
        "  www0  is submitted; its authorizations are read",
    ]
    assert lines[-1] == "  ... and 27 more"
    assert len(tally.lines(1, elapsed=0)) == 1


def test_the_live_display_fits_the_terminal_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=40, height=10, color_system=None)
    with LiveProgress(30, console, monotonic=lambda: 0.0) as live:
        for number in range(30):
            live.report(advanced(f"shop/www{number}\x1b[2J"))
        frame = console.render_lines(live)
    texts = ["".join(segment.text for segment in line).rstrip() for line in frame]
    assert len(texts) == 8
    assert texts[0] == "Applying (0:00): 0 of 30 done, 0 waitin…"
    assert texts[-1] == "  ... and 24 more"
    assert "\x1b[2J" not in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K")
