from __future__ import annotations

import sys
import threading
import types

import pytest

from benchmarks import profile
from benchmarks.clocked import IMPORTS, PYTHON, Clock
from benchmarks.clocks import APPLY, PLAN
from benchmarks.counted import TURNS
from benchmarks.measure import MeasurementError
from benchmarks.wrapping import GoneError, find, wrap

NAMES = sorted({name for clocks in (APPLY, PLAN) for names in clocks.values() for name in names} | set(TURNS))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_watched_is_there(name: str) -> None:
    find(name)


@pytest.mark.parametrize(
    "name",
    [
        "reconciler.gone:f",
        "reconciler.files:gone",
        "reconciler.files:Gone.f",
        "reconciler.files:PRIVATE_FILE",
    ],
)
def test_what_is_gone_is_told(name: str) -> None:
    with pytest.raises(GoneError, match=f"{name} is to be watched, and is no"):
        find(name)


def test_who_has_imported_a_function_by_name_gets_the_one_that_is_watched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def function() -> str:
        return "was called"

    owner, user = types.ModuleType("reconciler.owner"), types.ModuleType("reconciler.user")
    vars(owner)["function"] = vars(user)["other_name"] = function
    for module in (owner, user):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    wrap("reconciler.owner:function", lambda each: lambda: f"{each()} and watched")
    assert vars(owner)["function"]() == vars(user)["other_name"]() == "was called and watched"


def test_time_counts_once_for_the_innermost_line(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 1.0, 3.0, 7.0])
    monkeypatch.setattr("time.thread_time", lambda: next(times))
    clock = Clock()
    inner = clock.around("inner")(lambda: None)
    clock.around("outer")(inner)()
    assert clock.lines() == {"outer": [1.0 + 4.0, 1], "inner": [2.0, 1]}


def test_what_fails_is_counted_too_and_threads_are_added_up() -> None:
    clock = Clock()

    def failing() -> None:
        raise KeyError

    watched = clock.around("line")(failing)

    def call() -> None:
        with pytest.raises(KeyError):
            watched()

    call()
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert clock.lines()["line"][1] == 2


def report(*lines: str) -> profile.Report:
    return {"cpu_seconds": 10.0, "lines": {line: [1.0, 4] for line in (*lines, IMPORTS, PYTHON)}}


def test_the_rest_is_what_no_clock_has_seen() -> None:
    rows = profile._rows([report("HTTP")], {"HTTP": []}, 2, 1e-3)
    shares = {row.name: [figure and figure.median for figure in row.figures] for row in rows}
    assert shares["HTTP"] == [500.0, 10.0, 2.0]
    assert shares["the rest"] == [3500.0, 70.0, None]
    assert shares["all"] == [5000.0, 100.0, None]


def test_a_line_of_which_nothing_was_called_fails_the_benchmark() -> None:
    with pytest.raises(MeasurementError, match="nothing of 'JWS' was called"):
        profile._rows([report("HTTP")], {"HTTP": [], "JWS": []}, 2, 1e-3)
