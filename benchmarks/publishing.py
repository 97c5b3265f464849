"""dns-01 for many names of one zone: `reconciler apply` beside lego, turn by turn, by dynamic update."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.clients import HOW_TO_GET_LEGO, lego_version
from benchmarks.issued import check_issued
from benchmarks.measure import MeasurementError, measure
from benchmarks.stage import ROUND_TRIP
from benchmarks.tables import Column, Table, compared
from benchmarks.tree import write_account, write_certificate, write_provider, write_role
from tools.bind import Bind, BindOptions
from tools.dns_relay import DnsRelay
from tools.latency_proxy import LatencyProxy
from tools.pebble import Pebble, PebbleOptions
from tools.ports import LOOPBACK, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ZONE, _KEY = "example.com", "update-key"
_COLUMNS = (
    Column("wall (s)"),
    Column("DNS updates", 0),
    Column("DNS queries", 0),
    Column("CPU per certificate (ms)", 1),
)


@dataclass(frozen=True, slots=True)
class DnsStage:
    """A CA, and the name servers of one zone.

    Attributes:
        directory_url: of the CA, through a proxy that is as far away as CAs are.
        folder: for the client's files.
        relay: what the CA asks the name servers through, so that its questions are known.
    """

    ca: Pebble
    bind: Bind
    directory_url: str
    folder: Path
    relay: DnsRelay


class ReconcilerByDns:
    """`reconciler apply`: asks both name servers whether they have each record."""

    name = "reconciler apply"
    at_once = 1

    def __init__(self, stage: DnsStage) -> None:
        self._tree = stage.folder / "tree"
        servers = ", ".join(server.address for server in stage.bind.servers)
        settings = f"dns: {{nameservers: [{servers}]}}\n"
        write_account(self._tree, stage.directory_url, stage.ca.trusted_ca, settings)
        write_provider(
            self._tree,
            {
                "nameserver": stage.bind.address,
                "tsig_key_name": _KEY,
                "tsig_secret": "{env: TSIG_SECRET}",
                "tsig_algorithm": "hmac-sha256",
            },
        )
        self.environment = {"NO_PROXY": "localhost", "TSIG_SECRET": stage.bind.secret(_KEY)}
        self._names: list[str] = []

    def commands(self, names: Sequence[str]) -> list[list[str]]:
        """Ask for a certificate for each name; return one command, which orders all of them."""
        self._names += names
        write_role(self._tree, self._names, "dns-01")
        for name in names:
            write_certificate(self._tree, name, [name], "dns-01")
        return [[sys.executable, "-m", "reconciler", "-C", str(self._tree), "apply"]]

    def files(self, name: str) -> tuple[Path, Path]:
        """Return where chain and private key are."""
        folder = self._tree / "certs" / name
        return folder / "fullchain.pem", folder / "privkey.pem"


class LegoByDns:
    """lego: a process for each certificate, eight at a time; it is told not to look for the records."""

    name = "lego, 8 at a time"
    at_once = 8

    def __init__(self, stage: DnsStage) -> None:
        self._folder = stage.folder / "lego"
        trusted = stage.folder / "ca.pem"
        trusted.write_text(stage.ca.trusted_ca)
        self.environment = {
            "LEGO_CA_CERTIFICATES": str(trusted),
            "RFC2136_NAMESERVER": stage.bind.address,
            "RFC2136_TSIG_ALGORITHM": "hmac-sha256.",
            "RFC2136_TSIG_KEY": _KEY,
            "RFC2136_TSIG_SECRET": stage.bind.secret(_KEY),
        }
        self._command = ["lego", "--server", stage.directory_url, "--path", str(self._folder)]
        self._command += ["--accept-tos", "--email", "benchmark@example.com", "--key-type", "ec256"]
        self._command += ["--dns", "rfc2136", "--dns.resolvers", stage.bind.address, "--dns.disable-cp"]

    def commands(self, names: Sequence[str]) -> list[list[str]]:
        """Return a command for each name; the first of all makes the account."""
        return [[*self._command, f"--domains={name}", "run"] for name in names]

    def files(self, name: str) -> tuple[Path, Path]:
        """Return where chain and private key are."""
        folder = self._folder / "certificates"
        return folder / f"{name}.crt", folder / f"{name}.key"


ClientType = type[ReconcilerByDns] | type[LegoByDns]


def benchmark_publishing(certificates: int, runs: int) -> Table:
    """Measure, and return the table.

    Args:
        certificates: of one name each, all in one zone.
        runs: of each client.

    Raises:
        MeasurementError: a client failed, or did not issue what it should.
    """
    version = lego_version()
    clients: list[ClientType] = [ReconcilerByDns, LegoByDns] if version else [ReconcilerByDns]
    figures: dict[str, list[tuple[float, ...]]] = {client.name: [] for client in clients}
    for run in range(runs):
        for client in clients if run % 2 == 0 else reversed(clients):
            sys.stderr.write(f"dns: run {run + 1} of {runs}: {client.name}\n")
            figures[client.name].append(_measured(client, certificates))
    notes = (
        f"{runs} runs, in turns. A local Pebble, {1000 * ROUND_TRIP:.0f} ms of round trip away, without "
        "Retry-After, and BIND, a primary and a secondary, which are near. Account and one certificate were "
        "there before. All certificates were checked; no record was left. The CA's own questions are not "
        "counted; those of the secondary are. lego is told not to look for the records, for it would ask at "
        "port 53 only.",
        f"lego {version}." if version else f"{HOW_TO_GET_LEGO}.",
    )
    return Table(f"dns-01 for {certificates} names of one zone", _COLUMNS, compared(figures), notes)


def _measured(client_type: ClientType, certificates: int) -> tuple[float, ...]:
    first, *names = (f"n{number}.{_ZONE}" for number in range(certificates + 1))
    with _fresh_stage() as stage:
        client = client_type(stage)
        measure(client.commands([first]), seconds=120, environment=client.environment).expect()
        by_ca, asked, updated = stage.relay.count(), stage.bind.queries, stage.bind.updates
        measured = measure(
            client.commands(names),
            at_once=client.at_once,
            seconds=60 + certificates,
            environment=client.environment,
        ).expect()
        by_ca = stage.relay.count() - by_ca
        asked, updated = stage.bind.queries - asked - by_ca, stage.bind.updates - updated
        root = stage.ca.root_pem()
        for name in names:
            check_issued(*client.files(name), [name], root)
        if left := [name for name in names if stage.bind.values(f"_acme-challenge.{name}")]:
            raise MeasurementError(f"{client.name}: left records of {len(left)} names")
    return measured.seconds, updated, asked, 1000 * measured.cpu_seconds / certificates


@contextmanager
def _fresh_stage() -> Iterator[DnsStage]:
    [port] = free_ports(1)
    with (
        TemporaryDirectory(prefix="benchmark-") as name,
        Bind(BindOptions(zones={_ZONE: ()}, resolves=True, secondary=True)) as bind,
    ):
        relay = DnsRelay((LOOPBACK, port), (LOOPBACK, bind.port))
        try:
            with (
                Pebble(PebbleOptions(dns_server=f"{LOOPBACK}:{port}")) as ca,
                LatencyProxy(ca.port, ROUND_TRIP) as proxy,
            ):
                yield DnsStage(ca, bind, proxy.through(ca.directory_url), Path(name), relay)
        finally:
            relay.stop()
