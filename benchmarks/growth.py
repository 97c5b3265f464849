"""Growth: what `reconciler apply` takes for more and more certificates."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.clients import Reconciler
from benchmarks.figures import Series
from benchmarks.stage import ROUND_TRIP
from benchmarks.tables import Column, Row, Table
from benchmarks.tasks import Task, issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.tasks import Issued

_COLUMNS = (
    Column("wall (s)"),
    Column("CPU per certificate (ms)", 1),
    Column("CPU, in units of the first"),
    Column("requests per certificate"),
    Column("peak memory (MiB)", 0),
    Column("memory, in units of the first"),
)


def benchmark_growth(sizes: Sequence[int], runs: int) -> Table:
    """Measure `apply` for so many new certificates of one name, and return the table.

    Raises:
        MeasurementError: it failed, or did not issue what it should.
    """
    found: dict[int, list[Issued]] = {size: [] for size in sizes}
    for run in range(runs):
        for size in sizes:
            sys.stderr.write(f"grow: run {run + 1} of {runs}: {size} certificates\n")
            found[size].append(issue(Reconciler, Task(size)))
    cpu = {size: Series(tuple(each.cpu_each for each in issued)) for size, issued in found.items()}
    memory = {size: Series(tuple(each.peak_mib for each in issued)) for size, issued in found.items()}
    rows = tuple(
        Row(
            f"{size:,} certificates",
            (
                Series(tuple(each.seconds for each in issued)),
                cpu[size],
                cpu[size].over(cpu[sizes[0]]),
                Series(tuple(each.requests_each for each in issued)),
                memory[size],
                memory[size].over(memory[sizes[0]]),
            ),
        )
        for size, issued in found.items()
    )
    note = (
        f"{runs} runs, in turns. New certificates of one name; a local Pebble, {1000 * ROUND_TRIP:.0f} ms of "
        "round trip away, Retry-After 1. All certificates were checked."
    )
    return Table("Growth of apply", _COLUMNS, rows, (note,))
