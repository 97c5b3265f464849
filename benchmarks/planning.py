"""Planning: large trees, cold and warm, beside `git status` of the same tree and beside octoDNS."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Series
from benchmarks.measure import MeasurementError, measure
from benchmarks.octodns import (
    HOW_TO_GET_OCTODNS,
    VALUES,
    expect_creates,
    octodns_plan,
    octodns_version,
)
from benchmarks.repository import GIT, commit_tree
from benchmarks.state import write_state
from benchmarks.tables import Column, Row, Table
from benchmarks.tree import write_account, write_certificate, write_role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.measure import Usage

# octoDNS takes half a millisecond a record; how it grows is not what is measured.
_LARGEST_ZONE = 10_000

_DIRECTORY_URL = "https://ca.example/directory"
_POOL = [f"{number}.example.com" for number in range(60)]
_IDENTIFIERS = 6
_NO_CHANGES, _CHANGES = 0, 2
_STATUS, _STATUS_OF_ALL, _OCTODNS = "git status", "git status, state committed", "octoDNS"
_COLUMNS = (
    Column("wall (ms)", 0),
    Column("in units of git status", 1),
    Column("in units of octoDNS"),
    Column("wall per certificate (us)", 0),
    Column("peak memory (MiB)", 0),
)
_STATE_IGNORED = "/state/", "/certs/"
# Private keys are never committed, unless they are encrypted.
_KEYS_IGNORED = "privkey.pem", "key-*.pem", "/state/.lock"


@dataclass(frozen=True, slots=True)
class _Command:
    """What is measured.

    Attributes:
        code: the exit code that it is to end with.
        cache: the folder for caches, None for an empty one each time.
        creates: how many records octoDNS is to plan.
    """

    command: list[str]
    code: int = 0
    cache: Path | None = None
    creates: int = 0


def benchmark_planning(sizes: Sequence[int], runs: int) -> Table:
    """Measure trees of so many certificates, and return the table.

    Raises:
        MeasurementError: a command failed, or found changes where there are none, or none where all is new.
    """
    version = octodns_version()
    rows = [row for size in sizes for row in _of_size(size, runs, with_octodns=version is not None)]
    notes = (
        f"{runs} runs, in turns. A certificate has {_IDENTIFIERS} names and 12 lines. Git knows the tree "
        "without state and certs, or, where they are committed, all but private keys; these come last. What "
        "is not warm has an empty folder for caches. The operating system has the files cached.",
        f"octoDNS {version} plans a zone of as many records, of {VALUES} values each if not said otherwise, "
        "in a target that has none."
        if version
        else f"{HOW_TO_GET_OCTODNS}.",
    )
    return Table("Planning", _COLUMNS, tuple(rows), notes)


def planned_tree(tree: Path, size: int) -> None:
    """Make a tree of so many certificates, which Git knows, and a state, which Git ignores: all are issued.

    Raises:
        MeasurementError: Git failed.
    """
    certificates = _certificates(size)
    _write(tree, certificates)
    write_state(tree, _DIRECTORY_URL, certificates)
    commit_tree(tree, _STATE_IGNORED)


def _of_size(size: int, runs: int, *, with_octodns: bool) -> list[Row]:
    sys.stderr.write(f"plan: {size} certificates: the trees are made\n")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        issued, empty = folder / "issued", folder / "empty"
        planned_tree(issued, size)
        _write(empty, _certificates(size))
        commands = _commands(folder, issued, empty)
        if with_octodns and size <= _LARGEST_ZONE:
            commands |= _peers(folder, size)
        found = _measured(commands, folder, runs, f"plan: {size} certificates")
        commit_tree(issued, _KEYS_IGNORED)
        committed = _commands_of_all(folder, issued)
        later = _measured(committed, folder, runs, f"plan: {size} certificates, state committed")
        return [*_rows(size, found, _STATUS), *_rows(size, later, _STATUS_OF_ALL)]


def _plan(tree: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "reconciler", "-C", str(tree), "plan", "--detailed-exitcode", *options]


def _status(tree: Path) -> list[str]:
    return ["git", "-C", str(tree), "status", "--porcelain"]


def _commands(folder: Path, issued: Path, empty: Path) -> dict[str, _Command]:
    return {
        _STATUS: _Command(_status(issued)),
        "plan, all issued": _Command(_plan(issued), _NO_CHANGES),
        "plan, all issued, warm": _Command(_plan(issued), _NO_CHANGES, folder / "cache"),
        "plan --base, all issued": _Command(_plan(issued, "--base", "HEAD"), _NO_CHANGES),
        "plan, empty state": _Command(_plan(empty), _CHANGES),
        "plan --out, empty state": _Command(_plan(empty, "--out", str(folder / "plan")), _CHANGES),
    }


def _peers(folder: Path, size: int) -> dict[str, _Command]:
    small = octodns_plan(folder / "small-zone", size, 1)
    return {
        _OCTODNS: _Command(octodns_plan(folder / "zone", size, VALUES), creates=size),
        "octoDNS, records of one value": _Command(small, creates=size),
    }


def _commands_of_all(folder: Path, issued: Path) -> dict[str, _Command]:
    return {
        _STATUS_OF_ALL: _Command(_status(issued)),
        "plan, all issued, warm, state committed": _Command(
            _plan(issued), _NO_CHANGES, folder / "cache-of-all"
        ),
    }


def _measured(commands: Mapping[str, _Command], folder: Path, runs: int, what: str) -> dict[str, list[Usage]]:
    """Return what the commands took, in turns; the first turn, which fills caches, is not among it."""
    sys.stderr.write(f"{what}: {runs} runs\n")
    found = [[_usage(each, folder) for each in commands.values()] for _ in range(runs + 1)]
    return dict(zip(commands, map(list, zip(*found[1:], strict=True)), strict=True))


def _usage(command: _Command, folder: Path) -> Usage:
    with tempfile.TemporaryDirectory(prefix="cache-", dir=folder) as fresh:
        cache = {"XDG_CACHE_HOME": str(command.cache or fresh)}
        measured = measure([command.command], environment={**GIT, **cache}).expect(command.code)
    if command.creates and (wrong := expect_creates(measured.log, command.creates)):
        raise MeasurementError(wrong)
    return measured.processes[0]


def _rows(size: int, found: Mapping[str, Sequence[Usage]], base: str) -> Iterator[Row]:
    """Yield a row for each command that was measured; the units are what the same turns took."""
    status = _wall(found[base])
    octodns = _wall(found[_OCTODNS]) if _OCTODNS in found else None
    for name, usages in found.items():
        wall = _wall(usages)
        peak = Series(tuple(usage.peak_bytes / 2**20 for usage in usages))
        in_octodns = wall.over(octodns) if octodns else None
        each = wall.each(size * 1e-6)
        yield Row(f"{size:,}: {name}", (wall.each(1e-3), wall.over(status), in_octodns, each, peak))


def _wall(usages: Sequence[Usage]) -> Series:
    return Series(tuple(usage.seconds for usage in usages))


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
