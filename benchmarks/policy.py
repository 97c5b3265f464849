"""The policy: names per second, and what becomes of that when roles have more entries."""

from __future__ import annotations

import multiprocessing
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.deciding import Times, measure_case, measure_decisions, measure_scan, measure_search
from benchmarks.figures import Series
from benchmarks.mixes import MIXES
from benchmarks.roles import Size, make_case
from benchmarks.tables import Column, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.mixes import Mix

_DECIDING = (
    Column("thousand names per second", 0),
    Column("time, in units of parse_identifier", 1),
    Column("fnmatch, in units of ours", 1),
    Column("re, in units of ours"),
    Column("judged: thousand names per second", 1),
    Column("index (us per entry)", 1),
)
# What is measured with more and more entries has fewer certificates and roles: all entries are in memory.
_GROWTH_CERTIFICATES, _GROWTH_ROLES = 2_000, 5


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one mix.

    Attributes:
        allowed, denied: at the size itself.
        growth: seconds a name, of allowed and denied ones in equal parts, for each number of entries.
        scanned, searched: the same of the peers, for the last of them.
    """

    allowed: Times
    denied: Times
    growth: tuple[float, ...]
    scanned: float
    searched: float


def benchmark_policy(
    size: Size, growth: Sequence[int], runs: int, mixes: Iterable[Mix] = MIXES
) -> tuple[Table, Table]:
    """Measure, and return a table for the size, and one for more and more entries a role.

    Raises:
        MeasurementError: a decision was wrong.
    """
    found: dict[str, list[Measured]] = {}
    for run in range(runs):
        for mix in mixes:
            sys.stderr.write(f"policy: run {run + 1} of {runs}: {mix.name}\n")
            # A process of its own: the index of a role is kept, and slows down what comes after it.
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
                measured = process.submit(measure_mix, mix, size, growth).result()
            found.setdefault(mix.name, []).append(measured)
    return _deciding(size, found, runs), _growing(growth, found, runs)


def measure_mix(mix: Mix, size: Size, growth: Sequence[int]) -> Measured:
    """Measure a mix once.

    Raises:
        MeasurementError: a decision was wrong.
    """
    allowed, denied = (measure_case(make_case(mix, size, is_allowed=each)) for each in (True, False))
    seconds = []
    for entries in growth:
        smaller = replace(
            size,
            certificates=min(size.certificates, _GROWTH_CERTIFICATES),
            roles=min(size.roles, _GROWTH_ROLES),
            entries=entries,
        )
        cases = [make_case(mix, smaller, is_allowed=each) for each in (True, False)]
        seconds.append(statistics.mean(measure_decisions(case)[1] for case in cases))
    peers = (statistics.mean(map(measure, cases)) for measure in (measure_scan, measure_search))
    return Measured(allowed, denied, tuple(seconds), *peers)


def _deciding(size: Size, found: dict[str, list[Measured]], runs: int) -> Table:
    rows = []
    for name, measured in found.items():
        rows.append(_row(f"{name}: allowed", [each.allowed for each in measured]))
        rows.append(_row(f"{name}: denied", [each.denied for each in measured]))
    notes = (
        f"{runs} runs. What looks at every entry, and judging, is measured on a part of the certificates. "
        "All were found to decide alike.",
    )
    title = (
        f"Deciding {size.certificates:,} certificates of {size.names} names against {size.roles} roles "
        f"of {size.entries} entries"
    )
    return Table(title, _DECIDING, tuple(rows), notes)


def _row(name: str, times: Sequence[Times]) -> Row:
    decided = Series(tuple(each.decided for each in times))
    figures = (
        Series(tuple(1e-3 / each.decided for each in times)),
        decided.over(Series(tuple(each.parsed for each in times))),
        Series(tuple(each.scanned for each in times)).over(decided),
        Series(tuple(each.searched for each in times)).over(decided),
        Series(tuple(1e-3 / each.judged for each in times)),
        Series(tuple(each.index for each in times)).each(1e-6),
    )
    return Row(name, figures)


def _growing(growth: Sequence[int], found: dict[str, list[Measured]], runs: int) -> Table:
    rows = []
    for name, measured in found.items():
        seconds = [Series(values) for values in zip(*(each.growth for each in measured), strict=True)]
        last = seconds[-1]
        peers = (
            Series(tuple(each.scanned for each in measured)).over(last),
            Series(tuple(each.searched for each in measured)).over(last),
        )
        rows.append(Row(name, (*(each.each(1e-6) for each in seconds), last.over(seconds[0]), *peers)))
    columns = (
        *(Column(f"{entries:,} (us per name)", 1) for entries in growth),
        Column(f"{growth[-1]:,} : {growth[0]:,}", 1),
        Column(f"{growth[-1]:,}: fnmatch, in units of ours", 1),
        Column(f"{growth[-1]:,}: re, in units of ours"),
    )
    note = f"{runs} runs. At most {_GROWTH_ROLES} roles; allowed and denied names in equal parts."
    return Table("Deciding with more and more entries a role", columns, tuple(rows), (note,))
