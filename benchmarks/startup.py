"""Start-up: what the shortest commands take, in units of Python's own start."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Series
from benchmarks.measure import measure
from benchmarks.repository import GIT, commit_tree
from benchmarks.state import write_state
from benchmarks.tables import Column, Row, Table
from benchmarks.tree import write_account, write_certificate, write_role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.measure import Usage

    # What runs, and whether it finds the cache that an earlier run has left.
    Commands = Mapping[str, tuple[Sequence[str], bool]]

_DIRECTORY_URL = "https://ca.example/directory"
_CERTIFICATES = {name: (f"{name}.example.com",) for name in ("www", "api", "status")}


def benchmark_startup(runs: int) -> Table:
    """Measure, and return the table.

    Raises:
        MeasurementError: a command failed, or found something to do.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        tree = folder / "tree"
        _make(tree)
        commands = _commands(tree)
        sys.stderr.write(f"startup: {runs} runs\n")
        # The first one compiles, and fills the cache.
        found = [_run(commands, folder) for _ in range(runs + 1)][1:]
    base = Series(tuple(usages[0].seconds for usages in found))
    rows = []
    for index, command in enumerate(commands):
        usages = [each[index] for each in found]
        wall = Series(tuple(usage.seconds for usage in usages))
        peak = Series(tuple(usage.peak_bytes / 2**20 for usage in usages))
        rows.append(Row(command, (wall.each(1e-3), wall.over(base), peak)))
    columns = (Column("wall (ms)", 0), Column("in units of the first", 1), Column("peak memory (MiB)", 0))
    note = (
        f"{runs} runs of all in turn. The tree has {len(_CERTIFICATES)} certificates, all issued, and is in "
        "Git, without its state. What is not warm has an empty folder for caches."
    )
    return Table("Start-up", columns, tuple(rows), (note,))


def _commands(tree: Path) -> Commands:
    program = (sys.executable, "-m", "reconciler")
    there = (*program, "-C", str(tree))
    plan = (*there, "plan", "--detailed-exitcode")
    return {
        "python -c pass": ((sys.executable, "-c", "pass"), False),
        "reconciler --version": ((*program, "--version"), False),
        "reconciler --help": ((*program, "--help"), False),
        "reconciler validate": ((*there, "validate"), False),
        "reconciler plan, no changes": (plan, False),
        "reconciler plan, no changes, warm": (plan, True),
        "reconciler apply, nothing to do": ((*there, "apply", "--detailed-exitcode"), False),
    }


def _run(commands: Commands, folder: Path) -> list[Usage]:
    found = []
    for command, is_warm in commands.values():
        with tempfile.TemporaryDirectory(prefix="cache-", dir=folder) as fresh:
            cache = {"XDG_CACHE_HOME": str(folder / "cache") if is_warm else fresh}
            measured = measure([command], environment={**GIT, **cache}).expect()
        found.append(measured.processes[0])
    return found


def _make(tree: Path) -> None:
    write_account(tree, _DIRECTORY_URL)
    write_role(tree, (name for names in _CERTIFICATES.values() for name in names))
    for name, identifiers in _CERTIFICATES.items():
        write_certificate(tree, name, identifiers)
    write_state(tree, _DIRECTORY_URL, _CERTIFICATES)
    commit_tree(tree, ("/state/", "/certs/"))
