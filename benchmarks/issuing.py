"""Issuing: `reconciler apply` beside lego, turn by turn, each time from a fresh CA."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.clients import HOW_TO_GET_LEGO, Lego, Reconciler, lego_version
from benchmarks.issued import check_issued
from benchmarks.measure import MeasurementError, measure
from benchmarks.stage import ROUND_TRIP, fresh_stage, is_locked_up
from benchmarks.tables import Column, Table, compared

if TYPE_CHECKING:
    from benchmarks.clients import Names

_TRIES = 3
_COLUMNS = (
    Column("wall (s)"),
    Column("CPU per certificate (ms)", 1),
    Column("requests per certificate"),
    Column("peak memory of a process (MiB)", 0),
)

ClientType = type[Reconciler] | type[Lego]


class LockedUpError(Exception):
    """The CA has locked itself up; that says nothing about its client."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be issued.

    Attributes:
        certificates: how many.
        names: how many each of them has.
        retry_after: what the CA says at every look; 0 for nothing.
    """

    certificates: int
    names: int
    retry_after: int

    def all_names(self) -> list[Names]:
        """Return the names of all certificates, and those of one more that comes before."""
        return [
            tuple(f"n{name}.c{number}.example.com" for name in range(self.names))
            for number in range(self.certificates + 1)
        ]

    @property
    def limit_seconds(self) -> float:
        """After which a measurement is given up."""
        return 30 + self.certificates * self.names * 0.3 + 10 * self.retry_after


def benchmark_issuing(task: Task, runs: int) -> Table:
    """Measure, and return the table.

    Raises:
        MeasurementError: a client failed, did not issue what it should, or the CA locked itself up each time.
    """
    version = lego_version()
    clients: list[ClientType] = [Reconciler, Lego] if version else [Reconciler]
    figures: dict[str, list[tuple[float, ...]]] = {client.name: [] for client in clients}
    repeated = 0
    for run in range(runs):
        # Each begins as often as the other.
        for client in clients if run % 2 == 0 else reversed(clients):
            sys.stderr.write(f"issue: run {run + 1} of {runs}: {client.name}\n")
            found, tries = _measured(client, task)
            figures[client.name].append(found)
            repeated += tries - 1
    notes = _notes(task, runs, repeated, version)
    names = "one name" if task.names == 1 else f"{task.names} names"
    return Table(f"Issuing {task.certificates} certificates of {names}", _COLUMNS, compared(figures), notes)


def _measured(client: ClientType, task: Task) -> tuple[tuple[float, ...], int]:
    """Return the figures, and how many tries it took."""
    for tried in range(1, _TRIES + 1):
        try:
            return _try(client, task), tried
        except LockedUpError as error:
            sys.stderr.write(f"issue: {error}\n")
    raise MeasurementError(f"{client.name}: {_TRIES} times the CA locked itself up")


def _try(client_type: ClientType, task: Task) -> tuple[float, ...]:
    first, *others = task.all_names()
    with fresh_stage(task.retry_after) as stage:
        client = client_type(stage)
        prepared = measure(client.commands([first]), seconds=120, environment=client.environment)
        prepared.expect()
        before = len(stage.ca.requests)
        measured = measure(
            client.commands(others),
            at_once=client.at_once,
            seconds=task.limit_seconds,
            environment=client.environment,
        )
        try:
            measured.expect()
        except MeasurementError as error:
            if is_locked_up(stage.ca):
                raise LockedUpError(f"{client.name}: the CA has locked itself up; once more") from error
            raise
        requests = len(stage.ca.requests) - before
        root = stage.ca.root_pem()
        for names in others:
            check_issued(*client.files(names), names, root)
    count = task.certificates
    return measured.seconds, 1000 * measured.cpu_seconds / count, requests / count, measured.peak_mib


def _notes(task: Task, runs: int, repeated: int, version: str | None) -> tuple[str, ...]:
    retry = f"Retry-After of {task.retry_after} s" if task.retry_after else "without Retry-After"
    notes = [
        f"{runs} runs, in turns. A local Pebble, {1000 * ROUND_TRIP:.0f} ms of round trip away, {retry}. "
        "Account and one certificate were there before. All certificates were checked."
    ]
    if repeated:
        notes.append(
            f"{repeated} times Pebble locked itself up, and the measurement was repeated with a new one."
        )
    notes.append(f"lego {version}." if version else f"{HOW_TO_GET_LEGO}.")
    return tuple(notes)
