"""`python -m benchmarks`: the whole of it in minutes; the result goes to the output, progress beside it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from benchmarks.growth import benchmark_growth
from benchmarks.issuing import benchmark_issuing
from benchmarks.limits import benchmark_limit
from benchmarks.machine import machine
from benchmarks.measure import MeasurementError
from benchmarks.options import RUNS, parse, sizes_for, tasks_for
from benchmarks.planning import benchmark_planning
from benchmarks.policy import benchmark_policy
from benchmarks.profile import benchmark_profile
from benchmarks.publishing import benchmark_publishing
from benchmarks.races import benchmark_races
from benchmarks.requesters import benchmark_finding, benchmark_signatures
from benchmarks.roles import Size
from benchmarks.startup import benchmark_startup
from benchmarks.tables import document, render
from benchmarks.writes import benchmark_writes
from tools.find_pebble import PebbleUnavailableError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from benchmarks.tables import Table

_NAMES, _ROLES, _ENTRIES = 5, 200, 50
_MORE_ENTRIES = (5, 50, 500, 5_000)
_HISTORIES = ((2_500, 5_000), (2_500, 20_000), (2_500, 40_000), (5_000, 20_000), (10_000, 20_000))
_WRITERS = 8
_SIGNED, _KEYS = 200, (10, 1_000)
_PROFILED_PLAN = 10_000


def main(arguments: Sequence[str]) -> int:
    """Measure what is asked for, and print it; return an exit code."""
    options = parse(arguments, __doc__)
    about = machine()
    wanted = list(RUNS) if options.benchmark == "all" else [options.benchmark]
    try:
        tables = [table for name in wanted for table in _measure(name, options)]
    except (MeasurementError, PebbleUnavailableError) as error:
        sys.stderr.write(f"The benchmark failed: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    text = (
        render(about, tables) if options.format == "text" else json.dumps(document(about, tables), indent=2)
    )
    sys.stdout.write(f"{text}\n")
    return 0


def _measure(name: str, options: argparse.Namespace) -> Iterator[Table]:
    runs = options.runs or RUNS[name]
    match name:
        case "issue":
            yield from benchmark_issuing(tasks_for(options), runs)
        case "startup":
            yield benchmark_startup(runs)
        case "plan":
            yield benchmark_planning(sizes_for(options, name), runs)
        case "grow":
            yield benchmark_growth(sizes_for(options, name), runs)
        case "requesters":
            histories = [(number, 2 * number) for number in options.certificates or ()]
            yield benchmark_finding(histories or _HISTORIES, runs)
            yield benchmark_signatures(_SIGNED, _KEYS, runs)
        case _:
            for number in sizes_for(options, name):
                yield from _measure_size(name, number, runs)


def _measure_size(name: str, number: int, runs: int) -> Sequence[Table]:
    match name:
        case "dns":
            return [benchmark_publishing(number, runs)]
        case "sockets":
            return [benchmark_limit(number, runs)]
        case "profile":
            return benchmark_profile(number, _PROFILED_PLAN, runs)
        case "writes":
            return [benchmark_writes(number)]
        case "policy":
            return benchmark_policy(Size(number, _NAMES, _ROLES, _ENTRIES), _MORE_ENTRIES, runs)
        case _:
            return [benchmark_races(_WRITERS, number, runs)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
