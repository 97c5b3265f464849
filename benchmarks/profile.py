"""Where the CPU goes: of `apply` by certificate, and of `plan`, by clocks around functions of the program."""

from __future__ import annotations

import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.clients import Reconciler
from benchmarks.clocked import IMPORTS, PYTHON
from benchmarks.clocks import APPLY, PLAN
from benchmarks.figures import Series
from benchmarks.measure import MeasurementError, measure
from benchmarks.planning import planned_tree
from benchmarks.stage import ROUND_TRIP
from benchmarks.tables import Column, Row, Table
from benchmarks.tasks import Task, issue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.clocks import Clocks

    Report = Mapping[str, Any]

_SHARE, _CALLS = Column("% of all", 0), Column("calls per certificate")


def benchmark_profile(issued: int, planned: int, runs: int) -> list[Table]:
    """Measure, and return a table of `apply` and one of `plan`.

    Args:
        issued: how many certificates `apply` issues.
        planned: how many `plan` looks at.
        runs: of each.

    Raises:
        MeasurementError: the program failed, or something that is to be clocked was never called.
    """
    reports = [_of_apply(issued, run, runs) for run in range(runs)]
    return [
        Table(
            f"Where the CPU of apply goes, {issued:,} certificates",
            (Column("ms per certificate"), _SHARE, _CALLS),
            _rows(reports, APPLY, issued, 1e-3),
            (
                f"{runs} runs. Thread time, clocked around functions of the program; the clocks add a "
                f"little. A local Pebble, {1000 * ROUND_TRIP:.0f} ms of round trip away, Retry-After 1.",
            ),
        ),
        Table(
            f"Where the CPU of plan goes, {planned:,} certificates, all issued",
            (Column("us per certificate", 1), _SHARE, _CALLS),
            _rows(_of_plan(planned, runs), PLAN, planned, 1e-6),
            (f"{runs} runs. Likewise; nothing is cached but by the operating system.",),
        ),
    ]


def _of_apply(certificates: int, run: int, runs: int) -> Report:
    sys.stderr.write(f"profile: apply, {certificates} certificates: run {run + 1} of {runs}\n")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        report = Path(folder, "report")
        program = ("-m", "benchmarks.clocked", str(report), "apply")
        issue(partial(Reconciler, program=program), Task(certificates))
        return _read(report)


def _of_plan(certificates: int, runs: int) -> list[Report]:
    sys.stderr.write(f"profile: plan, {certificates} certificates: {runs} runs\n")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        planned_tree(folder / "tree", certificates)
        report = folder / "report"
        command = [sys.executable, "-m", "benchmarks.clocked", str(report), "plan"]
        command += ["-C", str(folder / "tree"), "plan", "--detailed-exitcode"]
        found = []
        for run in range(runs + 1):  # the first has files to cache
            measure([command], environment={"XDG_CACHE_HOME": str(folder / f"cache-{run}")}).expect()
            found.append(_read(report))
        return found[1:]


def _read(report: Path) -> Report:
    found: Report = json.loads(report.read_text())
    return found


def _rows(reports: Sequence[Report], clocks: Clocks, certificates: int, unit: float) -> tuple[Row, ...]:
    lines = (*clocks, IMPORTS, PYTHON)
    for line in lines:
        if not all(line in report["lines"] for report in reports):
            raise MeasurementError(f"benchmarks/clocks.py: nothing of {line!r} was called")
    rows = [
        _row(
            line,
            [report["lines"][line] for report in reports],
            reports,
            certificates,
            unit,
            counts=line in clocks,
        )
        for line in lines
    ]
    clocked = [sum(seconds for seconds, _ in report["lines"].values()) for report in reports]
    rest = [[report["cpu_seconds"] - known, 0] for report, known in zip(reports, clocked, strict=True)]
    everything = [[report["cpu_seconds"], 0] for report in reports]
    rows.append(_row("the rest", rest, reports, certificates, unit, counts=False))
    rows.append(_row("all", everything, reports, certificates, unit, counts=False))
    return tuple(rows)


def _row(
    name: str,
    spent: Sequence[Sequence[float]],
    reports: Sequence[Report],
    certificates: int,
    unit: float,
    *,
    counts: bool = True,
) -> Row:
    shares = [100 * each[0] / report["cpu_seconds"] for each, report in zip(spent, reports, strict=True)]
    time = Series(tuple(each[0] / unit / certificates for each in spent))
    calls = Series(tuple(each[1] / certificates for each in spent)) if counts else None
    return Row(name, (time, Series(tuple(shares)), calls))
