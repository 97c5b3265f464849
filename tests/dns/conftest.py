"""Fixtures for tests against real name servers. Without BIND they fail and say how to get it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from reconciler.challenges.dns.lookup import Lookup
from reconciler.challenges.dns.propagation import Watcher
from reconciler.challenges.dns.rfc2136 import Rfc2136Publisher
from reconciler.challenges.dns.zones import ZoneFinder
from reconciler.model.dns_provider import Rfc2136
from tools.bind import Bind, BindOptions
from tools.find_bind import BindUnavailableError, find_bind

if TYPE_CHECKING:
    from collections.abc import Iterator

ZONES = {
    "example.test": (
        "host.empty A 127.0.0.1",
        "_acme-challenge.shop CNAME shop.delegated.test.",
        "_acme-challenge.chain CNAME hop.delegated.test.",
        "_acme-challenge.away CNAME away.elsewhere.invalid.",
        "_acme-challenge.circle CNAME circle1",
        "circle1 CNAME circle2",
        "circle2 CNAME circle1",
        *(f"long{number} CNAME long{number + 1}" for number in range(12)),
        "_acme-challenge.strange CNAME strange\\032name",
        "child NS ns1.child",
        'standing TXT "one" "two"',
        "standing TXT three",
        '@ CAA 0 issue "ca.example"',
        'caa.deep CAA 128 issuewild ";"',
    ),
    "child.example.test": (),
    "delegated.test": ("hop CNAME end",),
}


@dataclass
class Servers:
    """The servers, and what is tested, as it is joined in a run."""

    bind: Bind

    def __post_init__(self) -> None:
        self.lookup = Lookup((self.bind.address,), seconds=0.5, lifetime=1.5)
        self.zones = ZoneFinder(self.lookup)

    def watcher(self, seconds: float = 0.5) -> Watcher:
        return Watcher(self.lookup, port=self.bind.port, seconds=seconds)

    def publisher(
        self,
        key: str | None = "update-key",
        *,
        secret: str | None = None,
        algorithm: str = "hmac-sha256",
    ) -> Rfc2136Publisher:
        service = Rfc2136(self.bind.address, key, tsig_algorithm=algorithm)
        if key and secret is None:
            secret = self.bind.secret(key)
        return Rfc2136Publisher(service, 60, secret, seconds=5)

    def texts(self, name: str) -> set[str]:
        records = self.lookup.ask(name, "TXT").records
        return {b"".join(record.strings).decode() for record in records}


class StartBind(Protocol):
    def __call__(self, options: BindOptions | None = None) -> Servers: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.bind)


@pytest.fixture(scope="session")
def _bind_program() -> None:
    """Find BIND, or fetch it, once."""
    complaint = ""
    try:
        find_bind()
    except BindUnavailableError as error:
        complaint = str(error)
    if complaint:
        pytest.fail(complaint, pytrace=False)


@pytest.fixture(scope="session")
def servers(_bind_program: None) -> Iterator[Servers]:
    """A primary, a secondary and one that lags, for all tests: each takes names of its own."""
    with Bind(BindOptions(zones=ZONES, wildcard=False, secondary=True, lagging=True)) as bind:
        yield Servers(bind)


@pytest.fixture
def bind(_bind_program: None) -> Iterator[StartBind]:
    """Start servers of the test's own: `bind()`, `bind(BindOptions(secondary=True))`."""
    with ExitStack() as stack:

        def start(options: BindOptions | None = None) -> Servers:
            return Servers(stack.enter_context(Bind(options)))

        yield start
