"""Issuing as fast as the CA allows: `reconciler apply` beside bare sockets, on loopback, turn by turn."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from benchmarks.clients import Reconciler
from benchmarks.tables import Column, Table, compared
from benchmarks.tasks import Task, issue
from reconciler.engine.options import PARALLELISM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.clients import Names
    from benchmarks.stage import Stage
    from benchmarks.tasks import Issued

_COLUMNS = (
    Column("certificates per second", 1),
    Column("CPU per certificate (ms)", 1),
    Column("requests per certificate"),
    Column("peak memory (MiB)", 0),
)


class BareSockets:
    """The same requests by a script that does nothing else."""

    name = "bare sockets"
    at_once = 1
    environment: Mapping[str, str] = {}

    def __init__(self, stage: Stage) -> None:
        self._folder = stage.folder / "bare"
        self._folder.mkdir()
        trusted = self._folder / "ca.pem"
        trusted.write_text(stage.ca.trusted_ca)
        self._job = {
            "directory_url": stage.directory_url,
            "trusted_ca": str(trusted),
            "webroot": str(stage.webroot),
            "folder": str(self._folder),
            "connections": PARALLELISM,
        }

    def commands(self, certificates: Sequence[Names]) -> list[list[str]]:
        """Return one command, which orders all of them, of one name each."""
        job = self._folder / "job.json"
        job.write_text(json.dumps({**self._job, "names": [names[0] for names in certificates]}))
        return [[sys.executable, "-m", "benchmarks.bare_client", str(job)]]

    def files(self, certificate: Names) -> tuple[Path, Path]:
        """Return what it has left."""
        return tuple(self._folder / f"{certificate[0]}.{what}.pem" for what in ("chain", "key"))  # type: ignore[return-value]


def benchmark_limit(certificates: int, runs: int) -> Table:
    """Measure, and return the table.

    Raises:
        MeasurementError: one of them failed, did not issue what it should, or the CA locked itself up each
            time.
    """
    task = Task(certificates, retry_after=0, round_trip=0.0)
    figures: dict[str, list[tuple[float, ...]]] = {Reconciler.name: [], BareSockets.name: []}
    for run in range(runs):
        for client in (Reconciler, BareSockets) if run % 2 == 0 else (BareSockets, Reconciler):
            sys.stderr.write(f"sockets: run {run + 1} of {runs}: {client.name}\n")
            figures[client.name].append(_figures(issue(client, task)))
    note = (
        f"{runs} runs, in turns. A local Pebble on loopback, start-up included. Bare sockets: {PARALLELISM} "
        "threads with a connection each, HTTP/1.1 and JWS by hand, the same requests; no state, nothing "
        "checked. Account and one certificate were there before. All certificates were checked afterwards."
    )
    return Table(f"Issuing {task} on loopback", _COLUMNS, compared(figures), (note,))


def _figures(issued: Issued) -> tuple[float, ...]:
    rate = issued.certificates / issued.seconds
    return rate, issued.cpu_each, issued.requests_each, issued.peak_mib
