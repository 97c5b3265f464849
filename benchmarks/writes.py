"""What `apply` writes for a new certificate, stage by stage, counted."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

from benchmarks.clients import Reconciler
from benchmarks.counted import BEGINNING, COUNTED, END, LOG, RUN
from benchmarks.figures import Series
from benchmarks.tables import Column, Row, Table
from benchmarks.tasks import Task, issue
from reconciler.orders.machine import Step

_WORKS = (BEGINNING, *(step.replace("_", " ") for step in Step), END, LOG, RUN)


def benchmark_writes(certificates: int) -> Table:
    """Count, in one run, and return the table.

    Raises:
        MeasurementError: the program failed, or does something by another name than it did.
    """
    sys.stderr.write(f"writes: {certificates} certificates\n")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        report = Path(folder, "report")
        program = ("-m", "benchmarks.counted", str(report))
        issue(partial(Reconciler, program=program), Task(certificates, round_trip=0.0))
        by_work: dict[str, dict[str, int]] = json.loads(report.read_text())
    everything = Counter[str]()
    for counts in by_work.values():
        everything.update(counts)
    works = [(work, by_work[work]) for work in _WORKS if work in by_work]
    rows = tuple(_row(work, counts, certificates) for work, counts in [*works, ("all", everything)])
    note = (
        "For each certificate; the account was there before. They have one name each, fulfilled by webroot, "
        "which is included. What the run writes once for all is divided by their number."
    )
    columns = tuple(map(Column, COUNTED))
    return Table(f"What apply writes, {certificates:,} new certificates", columns, rows, (note,))


def _row(work: str, counts: Counter[str] | dict[str, int], certificates: int) -> Row:
    return Row(work, tuple(Series((counts.get(each, 0) / certificates,)) for each in COUNTED))
