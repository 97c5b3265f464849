"""`python -m benchmarks`: the whole of it in minutes; the result goes to the output, progress beside it."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.issuing import Task, benchmark_issuing
from benchmarks.machine import machine
from benchmarks.measure import MeasurementError
from benchmarks.planning import benchmark_planning
from benchmarks.policy import benchmark_policy
from benchmarks.publishing import benchmark_publishing
from benchmarks.races import benchmark_races
from benchmarks.requesters import benchmark_finding, benchmark_signatures
from benchmarks.roles import Size
from benchmarks.startup import benchmark_startup
from benchmarks.tables import document, render
from tools.find_pebble import PebbleUnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.tables import Table

_CERTIFICATES = 100
_PUBLISHED = 200
_SIZES = (1_000, 10_000)
_RUNS = {"issue": 5, "dns": 3, "startup": 15, "plan": 5, "policy": 5, "requesters": 3, "races": 3}
_DECIDED = Size(certificates=10_000, names=5, roles=200, entries=50)
_MORE_ENTRIES = (5, 50, 500, 5_000)
_HISTORIES = ((2_500, 5_000), (2_500, 20_000), (2_500, 40_000), (5_000, 20_000), (10_000, 20_000))
_WRITERS, _RACED = 8, 8
_SIGNED, _KEYS = 200, (10, 1_000)


def main(arguments: Sequence[str]) -> int:
    """Measure what is asked for, and print it; return an exit code."""
    options = parse(arguments)
    about = machine()
    try:
        tables = _measure(options)
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


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; those that were not given are None where each benchmark has its own default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "benchmark", nargs="?", choices=[*_RUNS, "all"], default="all", help="what is measured (default: all)"
    )
    parser.add_argument(
        "--certificates",
        type=_positive,
        metavar="N",
        help=f"how many are issued (default: {_CERTIFICATES}, by DNS {_PUBLISHED}), in the planned tree "
        f"(default: {' and then '.join(map(str, _SIZES))}), decided about (default: "
        f"{_DECIDED.certificates}), raced for (default: {_RACED}), or in a history of twice as many commits "
        "(default: several)",
    )
    runs = ", ".join(f"{name} {count}" for name, count in _RUNS.items())
    parser.add_argument("--runs", type=_positive, metavar="N", help=f"of each measurement (default: {runs})")
    parser.add_argument(
        "--retry-after",
        type=_seconds,
        default=1,
        metavar="S",
        help="issue: seconds that the CA tells to wait, 0 for nothing (default: %(default)s)",
    )
    parser.add_argument(
        "--names", type=_positive, default=1, metavar="N", help="issue: names of a certificate (default: 1)"
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="Markdown, or all values")
    return parser.parse_args(arguments)


def _measure(options: argparse.Namespace) -> list[Table]:
    wanted = list(_RUNS) if options.benchmark == "all" else [options.benchmark]
    tables: list[Table] = []
    for name in wanted:
        runs = options.runs or _RUNS[name]
        match name:
            case "issue":
                task = Task(options.certificates or _CERTIFICATES, options.names, options.retry_after)
                tables.append(benchmark_issuing(task, runs))
            case "dns":
                tables.append(benchmark_publishing(options.certificates or _PUBLISHED, runs))
            case "startup":
                tables.append(benchmark_startup(runs))
            case "plan":
                sizes = (options.certificates,) if options.certificates else _SIZES
                tables.append(benchmark_planning(sizes, runs))
            case "policy":
                size = replace(_DECIDED, certificates=options.certificates or _DECIDED.certificates)
                tables += benchmark_policy(size, _MORE_ENTRIES, runs)
            case "races":
                tables.append(benchmark_races(_WRITERS, options.certificates or _RACED, runs))
            case _:
                number = options.certificates
                tables.append(benchmark_finding(((number, 2 * number),) if number else _HISTORIES, runs))
                tables.append(benchmark_signatures(_SIGNED, _KEYS, runs))
    return tables


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _seconds(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
