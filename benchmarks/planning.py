"""Planning: large trees, beside what `git status` takes of the same tree."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Series
from benchmarks.measure import measure
from benchmarks.state import write_state
from benchmarks.tables import Column, Row, Table
from benchmarks.tree import write_account, write_certificate, write_role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.measure import Usage

_DIRECTORY_URL = "https://ca.example/directory"
_POOL = [f"{number}.example.com" for number in range(60)]
_IDENTIFIERS = 6
_NO_CHANGES, _CHANGES = 0, 2
_COLUMNS = (
    Column("wall (ms)", 0),
    Column("in units of git status", 1),
    Column("wall per certificate (us)", 0),
    Column("peak memory (MiB)", 0),
)
# So that nobody's settings (a file system monitor, an untracked cache) speed it up or slow it down.
_GIT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
_PLAN = "plan", "--detailed-exitcode"


def benchmark_planning(sizes: Sequence[int], runs: int) -> Table:
    """Measure trees of so many certificates, and return the table.

    Raises:
        MeasurementError: a command failed, or found changes where there are none, or none where all is new.
    """
    rows = [row for size in sizes for row in _of_size(size, runs)]
    note = (
        f"{runs} runs, in turns. A certificate has {_IDENTIFIERS} names and 12 lines. Git knows the tree "
        "without state and certs. Nothing is cached but by the operating system."
    )
    return Table("Planning", _COLUMNS, tuple(rows), (note,))


def _of_size(size: int, runs: int) -> list[Row]:
    sys.stderr.write(f"plan: {size} certificates: the trees are made\n")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        certificates = _certificates(size)
        issued, empty = Path(folder, "issued"), Path(folder, "empty")
        for tree in (issued, empty):
            _write(tree, certificates)
        write_state(issued, _DIRECTORY_URL, certificates)
        _commit(issued)
        program = [sys.executable, "-m", "reconciler", "-C"]
        commands = {
            "git status": (["git", "-C", str(issued), "status", "--porcelain"], 0),
            "plan, all issued": ([*program, str(issued), *_PLAN], _NO_CHANGES),
            "plan --base, all issued": ([*program, str(issued), *_PLAN, "--base", "HEAD"], _NO_CHANGES),
            "plan, empty state": ([*program, str(empty), *_PLAN], _CHANGES),
            "plan --out, empty state": ([*program, str(empty), *_PLAN, "--out", f"{folder}/plan"], _CHANGES),
        }
        sys.stderr.write(f"plan: {size} certificates: {runs} runs\n")
        found = [[_usage(*command) for command in commands.values()] for _ in range(runs + 1)][1:]
    base = Series(tuple(usages[0].seconds for usages in found))
    rows = []
    for index, name in enumerate(commands):
        wall = Series(tuple(usages[index].seconds for usages in found))
        peak = Series(tuple(usages[index].peak_bytes / 2**20 for usages in found))
        rows.append(
            Row(f"{size:,}: {name}", (wall.each(1e-3), wall.over(base), wall.each(size * 1e-6), peak))
        )
    return rows


def _usage(command: list[str], code: int) -> Usage:
    return measure([command], environment=_GIT).expect(code).processes[0]


def _certificates(size: int) -> dict[str, tuple[str, ...]]:
    """Return names and identifiers; a hundred to a folder, as teams do."""
    return {
        f"team-{number // 100}/service-{number}": tuple(
            _POOL[(number + offset) % len(_POOL)] for offset in range(_IDENTIFIERS)
        )
        for number in range(size)
    }


def _write(tree: Path, certificates: Mapping[str, Sequence[str]]) -> None:
    write_account(tree, _DIRECTORY_URL)
    write_role(tree, _POOL)
    for name, identifiers in certificates.items():
        write_certificate(tree, name, identifiers)


def _commit(tree: Path) -> None:
    tree.joinpath(".gitignore").write_text("/state/\n/certs/\n")
    person = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com"]
    for command in (["init"], ["add", "."], [*person, "commit", "--message", "All of it"]):
        measure([["git", "-C", str(tree), *command]], environment=_GIT).expect()
