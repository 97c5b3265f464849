"""Start-up: what the shortest commands take, in units of Python's own start."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Series
from benchmarks.measure import Measured, measure
from benchmarks.state import write_state
from benchmarks.tables import Column, Row, Table
from benchmarks.tree import write_account, write_certificate, write_role

_DIRECTORY_URL = "https://ca.example/directory"
_CERTIFICATES = {name: (f"{name}.example.com",) for name in ("www", "api", "status")}


def benchmark_startup(runs: int) -> Table:
    """Measure, and return the table.

    Raises:
        MeasurementError: a command failed.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        tree = Path(folder)
        _make(tree)
        program = [sys.executable, "-m", "reconciler"]
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "reconciler --version": [*program, "--version"],
            "reconciler --help": [*program, "--help"],
            "reconciler plan, no changes": [*program, "-C", str(tree), "plan", "--detailed-exitcode"],
        }
        sys.stderr.write(f"startup: {runs} runs\n")
        _run(commands)  # the first one compiles
        found = [_run(commands) for _ in range(runs)]
    base = Series(tuple(measured.processes[0].seconds for measured in found))
    rows = []
    for index, name in enumerate(commands):
        usages = [measured.processes[index] for measured in found]
        wall = Series(tuple(usage.seconds for usage in usages))
        peak = Series(tuple(usage.peak_bytes / 2**20 for usage in usages))
        rows.append(Row(name, (wall.each(1e-3), wall.over(base), peak)))
    columns = (Column("wall (ms)", 0), Column("in units of the first", 1), Column("peak memory (MiB)", 0))
    note = f"{runs} runs of all four in turn. The tree of the plan has {len(_CERTIFICATES)} certificates."
    return Table("Start-up", columns, tuple(rows), (note,))


def _run(commands: dict[str, list[str]]) -> Measured:
    return measure(list(commands.values())).expect()


def _make(tree: Path) -> None:
    write_account(tree, _DIRECTORY_URL)
    write_role(tree, (name for names in _CERTIFICATES.values() for name in names))
    for name, identifiers in _CERTIFICATES.items():
        write_certificate(tree, name, identifiers)
    write_state(tree, _DIRECTORY_URL, _CERTIFICATES)
