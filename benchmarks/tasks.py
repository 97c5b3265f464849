"""What is to be issued, and a client that is measured while it does it."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.issued import check_issued
from benchmarks.measure import MeasurementError, measure
from benchmarks.stage import ROUND_TRIP, fresh_stage, is_locked_up
from tools.acme_endpoints import endpoint_of
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.clients import Client, Names
    from benchmarks.stage import Stage
    from tools.acme_endpoints import Endpoint

    MakeClient = Callable[[Stage], Client]

_TRIES = 3


class LockedUpError(Exception):
    """The CA has locked itself up; that says nothing about its client."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be issued, and by what kind of CA.

    Attributes:
        certificates: how many.
        names: how many each of them has.
        retry_after: what the CA says at every look; 0 for nothing.
        nonces_refused: how many per cent of good nonces.
        round_trip: seconds that the CA is away; 0 for what loopback takes.
    """

    certificates: int
    names: int = 1
    retry_after: int = 1
    nonces_refused: int = 0
    round_trip: float = ROUND_TRIP

    def __str__(self) -> str:
        names = "one name" if self.names == 1 else f"{self.names} names"
        retry = f", Retry-After {self.retry_after}" if self.retry_after else ", no Retry-After"
        nonces = f", {self.nonces_refused}% of nonces refused" if self.nonces_refused else ""
        return f"{self.certificates:,} of {names}{retry}{nonces}"

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

    @property
    def ca(self) -> PebbleOptions:
        """The CA."""
        return PebbleOptions(
            retry_after_authorization=self.retry_after,
            retry_after_order=self.retry_after,
            nonce_reject=self.nonces_refused,
        )


@dataclass(frozen=True, slots=True)
class Issued:
    """What it took a client to do a task.

    Attributes:
        certificates: how many were issued.
        requests: how many of each kind the CA got.
        tries: how many CAs it took, all but the last of which locked themselves up.
    """

    certificates: int
    seconds: float
    cpu_seconds: float
    peak_mib: float
    requests: Counter[Endpoint]
    tries: int = 1

    @property
    def cpu_each(self) -> float:
        """Milliseconds of CPU for each certificate."""
        return 1000 * self.cpu_seconds / self.certificates

    @property
    def requests_each(self) -> float:
        """Requests for each certificate."""
        return self.requests.total() / self.certificates


def issue(make: MakeClient, task: Task) -> Issued:
    """Have a client do a task at a fresh CA, and check what it has issued.

    Account and one certificate come before, and are not counted.

    Raises:
        MeasurementError: the client failed, did not issue what it should, or the CA locked itself up each
            time.
    """
    for tries in range(1, _TRIES + 1):
        try:
            return _try(make, task, tries)
        except LockedUpError as error:
            sys.stderr.write(f"{error}\n")
    raise MeasurementError(f"{task}: {_TRIES} times the CA locked itself up")


def _try(make: MakeClient, task: Task, tries: int) -> Issued:
    first, *others = task.all_names()
    with fresh_stage(task.ca, task.round_trip) as stage:
        client = make(stage)
        measure(client.commands([first]), seconds=120, environment=client.environment).expect()
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
        requests = Counter(endpoint_of(each.partition(" ")[2]) for each in stage.ca.requests[before:])
        root = stage.ca.root_pem()
        for names in others:
            check_issued(*client.files(names), names, root)
    return Issued(
        task.certificates, measured.seconds, measured.cpu_seconds, measured.peak_mib, requests, tries
    )
