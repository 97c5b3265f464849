"""Issuing: `reconciler apply` beside lego, turn by turn, each time from a fresh CA."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.clients import HOW_TO_GET_LEGO, Lego, Reconciler, lego_version
from benchmarks.figures import Series
from benchmarks.stage import ROUND_TRIP
from benchmarks.tables import Column, Row, Table, compared
from benchmarks.tasks import issue
from tools.acme_endpoints import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from benchmarks.tasks import Issued, MakeClient, Task

    Clients = Mapping[str, Sequence[Issued]]

_COLUMNS = (
    Column("wall (s)"),
    Column("CPU per certificate (ms)", 1),
    Column("requests per certificate"),
    Column("peak memory of a process (MiB)", 0),
)


def benchmark_issuing(tasks: Sequence[Task], runs: int) -> list[Table]:
    """Measure each task, and return the table of them, and that of their requests.

    Raises:
        MeasurementError: a client failed, did not issue what it should, or the CA locked itself up each time.
    """
    version = lego_version()
    found = {task: _turns(task, runs, with_lego=version is not None) for task in tasks}
    rows = [
        Row(f"{task}: {row.name}", row.figures, row.digits)
        for task, clients in found.items()
        for row in compared({name: [_figures(each) for each in issued] for name, issued in clients.items()})
    ]
    repeated = sum(
        each.tries - 1 for clients in found.values() for issued in clients.values() for each in issued
    )
    notes = _notes(runs, repeated, version)
    return [Table("Issuing", _COLUMNS, tuple(rows), notes), _requests(found)]


def _turns(task: Task, runs: int, *, with_lego: bool) -> Clients:
    clients: dict[str, MakeClient] = {Reconciler.name: Reconciler}
    if with_lego:
        clients[Lego.name] = Lego
    found: dict[str, list[Issued]] = {name: [] for name in clients}
    for run in range(runs):
        # Each begins as often as the other.
        for name in clients if run % 2 == 0 else reversed(clients):
            sys.stderr.write(f"issue: {task}: run {run + 1} of {runs}: {name}\n")
            found[name].append(issue(clients[name], task))
    return found


def _figures(issued: Issued) -> tuple[float, ...]:
    return issued.seconds, issued.cpu_each, issued.requests_each, issued.peak_mib


def _requests(found: Mapping[Task, Clients]) -> Table:
    """Return the requests by kind: those of RFC 8555, and apart from them the question of RFC 9773."""
    everything = [each for clients in found.values() for issued in clients.values() for each in issued]
    seen = [
        kind
        for kind in Endpoint
        if kind is not Endpoint.RENEWAL_INFO and any(kind in each.requests for each in everything)
    ]
    columns = (Column("RFC 8555"), *map(Column, seen), Column(f"RFC 9773: {Endpoint.RENEWAL_INFO}"))
    rows = tuple(
        Row(f"{task}: {name}", tuple(_by_kind(issued, seen)))
        for task, clients in found.items()
        for name, issued in clients.items()
    )
    note = "For each certificate, as the CA has logged them; account and one certificate were there before."
    return Table("Requests by kind", columns, rows, (note,))


def _by_kind(issued: Sequence[Issued], kinds: Iterable[Endpoint]) -> Iterator[Series]:
    others = set(Endpoint) - {Endpoint.RENEWAL_INFO}
    for counted in (others, *({kind} for kind in kinds), {Endpoint.RENEWAL_INFO}):
        yield Series(
            tuple(sum(each.requests[kind] for kind in counted) / each.certificates for each in issued)
        )


def _notes(runs: int, repeated: int, version: str | None) -> tuple[str, ...]:
    notes = [
        f"{runs} runs, in turns. A local Pebble, {1000 * ROUND_TRIP:.0f} ms of round trip away. "
        "Account and one certificate were there before. All certificates were checked."
    ]
    if repeated:
        notes.append(
            f"{repeated} times Pebble locked itself up, and the measurement was repeated with a new one."
        )
    notes.append(f"lego {version}." if version else f"{HOW_TO_GET_LEGO}.")
    return tuple(notes)
