"""What can be asked of the benchmarks on the command line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from benchmarks.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

RUNS = {
    "issue": 3,
    "dns": 3,
    "sockets": 3,
    "grow": 1,
    "profile": 3,
    "writes": 1,
    "startup": 15,
    "plan": 3,
    "policy": 5,
    "requesters": 3,
    "races": 3,
}
"""How often each benchmark measures, if not said otherwise."""

SIZES: dict[str, tuple[int, ...]] = {
    "issue": (100,),
    "dns": (200,),
    "sockets": (300,),
    "grow": (100, 1_000),
    "profile": (100,),
    "writes": (20,),
    "plan": (100, 1_000, 10_000),
    "policy": (10_000,),
    "races": (8,),
}
"""Of how many certificates, if not said otherwise."""

_THOROUGH_SIZES = {"grow": (100, 1_000, 2_000, 10_000), "plan": (100, 1_000, 10_000, 100_000)}
_THOROUGH_TASKS = (
    Task(100),
    Task(100, retry_after=3),
    Task(100, retry_after=5),
    Task(100, names=3),
    Task(100, nonces_refused=5),
    Task(1_000),
)


def parse(arguments: Sequence[str], description: str | None = None) -> argparse.Namespace:
    """Return the options; those that were not given are None where each benchmark has its own default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=description)
    parser.add_argument(
        "benchmark", nargs="?", choices=[*RUNS, "all"], default="all", help="what is measured (default: all)"
    )
    sizes = parser.add_mutually_exclusive_group()
    defaults = ", ".join(f"{name} {' '.join(map(str, numbers))}" for name, numbers in SIZES.items())
    sizes.add_argument(
        "--certificates",
        type=_positive,
        nargs="+",
        metavar="N",
        help=f"how many, one size after the other (default: {defaults}; requesters: several histories, "
        "otherwise of twice as many commits)",
    )
    sizes.add_argument(
        "--thorough",
        action="store_true",
        help="issue: in all cases; plan: 100,000, too; grow: up to 10,000. Takes an hour",
    )
    runs = ", ".join(f"{name} {count}" for name, count in RUNS.items())
    parser.add_argument("--runs", type=_positive, metavar="N", help=f"of each measurement (default: {runs})")
    parser.add_argument(
        "--retry-after",
        type=_natural,
        metavar="S",
        help="issue: seconds that the CA tells to wait, 0 for nothing (default: 1)",
    )
    parser.add_argument(
        "--names", type=_positive, metavar="N", help="issue: names of a certificate (default: 1)"
    )
    parser.add_argument(
        "--nonces-refused",
        type=_natural,
        metavar="PERCENT",
        help="issue: how many good nonces the CA refuses (default: 0)",
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="Markdown, or all values")
    options = parser.parse_args(arguments)
    if options.thorough and (options.retry_after, options.names, options.nonces_refused) != (None,) * 3:
        parser.error("--thorough has all cases, and takes none")
    return options


def sizes_for(options: argparse.Namespace, benchmark: str) -> tuple[int, ...]:
    """Return the sizes that a benchmark is to measure."""
    if options.certificates:
        return tuple(options.certificates)
    return (options.thorough and _THOROUGH_SIZES.get(benchmark)) or SIZES[benchmark]


def tasks_for(options: argparse.Namespace) -> tuple[Task, ...]:
    """Return what is to be issued beside lego."""
    if options.thorough:
        return _THOROUGH_TASKS
    given = {
        "names": options.names,
        "retry_after": options.retry_after,
        "nonces_refused": options.nonces_refused,
    }
    case = {name: value for name, value in given.items() if value is not None}
    return tuple(Task(size, **case) for size in sizes_for(options, "issue"))


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _natural(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number
