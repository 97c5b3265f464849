"""BIND, a real name server with dynamic update, started and stopped for a test or a benchmark."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode

from tools.bind_options import STRANGER, BindOptions
from tools.child_process import ChildProcess
from tools.dns_relay import DnsRelay
from tools.find_bind import NamedProgram, find_bind
from tools.ports import LOOPBACK, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

__all__ = ["Bind", "BindOptions"]

_STARTS = 3
_PROBE_SECONDS = 0.5
_START_SECONDS = 15.0


class _Where(NamedTuple):
    ip: str
    port: int
    inner_port: int
    statistics_port: int


class NameServerProcess:
    """One running `named`.

    Attributes:
        ip, port: where it answers.
    """

    def __init__(self, program: NamedProgram, zones: Iterable[str], where: _Where, folder: Path) -> None:
        self.ip, self.port = where.ip, where.port
        self._where = where
        self._program = program
        self._zones = tuple(zones)
        self._folder = folder
        self._process: ChildProcess | None = None
        self._relay: DnsRelay | None = None

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{self.ip}:{self.port}"

    @property
    def log(self) -> str:
        """What it has written."""
        return (self._folder / "named.log").read_text(errors="replace")

    def start(self) -> None:
        """Start it, and wait until it has all zones."""
        self._process = ChildProcess(
            [str(self._program.path), "-g", "-n", "1", "-4", "-c", str(self._folder / "named.conf")],
            self._folder / "named.log",
            self._program.environment,
        )
        try:
            self._process.wait_until(self._is_ready, _START_SECONDS)
            if self.ip != LOOPBACK:
                self._relay = DnsRelay((self.ip, self.port), (LOOPBACK, self._where.inner_port))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it: nobody answers at its address then."""
        if self._relay:
            self._relay.stop()
            self._relay = None
        if self._process:
            self._process.stop()
            self._process = None

    def serial(self, zone: str) -> int | None:
        """Return the serial number of its copy of `zone` (RFC 1035 section 3.3.13); None without a copy."""
        answer = self._ask(dns.message.make_query(zone, "SOA"))
        return int(answer.answer[0][0].serial) if answer.answer else None

    def notify(self, zone: str) -> None:
        """Tell it that `zone` has changed (RFC 1996)."""
        message = dns.message.make_query(zone, "SOA")
        message.set_opcode(dns.opcode.NOTIFY)
        message.flags = dns.flags.Flag(message.flags & ~dns.flags.RD) | dns.flags.AA
        self._ask(message)

    def received(self) -> dict[str, int]:
        """Return how many messages of each kind it has received since its start: QUERY, UPDATE, NOTIFY."""
        connection = http.client.HTTPConnection(LOOPBACK, self._where.statistics_port, timeout=10)
        try:
            connection.request("GET", "/json/v1/server")
            content: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return dict(content["opcodes"])

    def _is_ready(self) -> bool:
        if "address in use" in self.log:
            raise RuntimeError("address already in use")
        return all(self.serial(zone) is not None for zone in self._zones)

    def _ask(self, message: dns.message.Message) -> dns.message.Message:
        try:
            return dns.query.udp(message, LOOPBACK, _PROBE_SECONDS, self._where.inner_port)
        except dns.exception.Timeout as error:
            raise TimeoutError(str(error)) from error


class Bind:
    """Name servers on free ports of the loopback network; a context manager that starts and ends them.

    Entering it raises BindUnavailableError where there is no BIND and none could be fetched, and RuntimeError
    where it does not start.

    Attributes:
        port: of all servers; each has an address of its own.
        servers: the primary first, then those that there are of the other two.
    """

    def __init__(self, options: BindOptions | None = None) -> None:
        self.options = options or BindOptions()
        self.port = 0
        self.servers: list[NameServerProcess] = []
        self._secrets = {
            name: base64.b64encode(secrets.token_bytes(32)).decode()
            for name in (*self.options.keys, STRANGER)
        }
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        program = find_bind()
        with ExitStack() as stack:
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bind-")))
            # Systems with AppArmor confine the program at its usual path to files at their usual paths.
            copy = Path(shutil.copy(program.path, self._folder / "named"))
            stack.callback(self.stop)
            self._start_on_free_ports(NamedProgram(copy, program.environment))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def primary(self) -> NameServerProcess:
        """The server that takes changes."""
        return self.servers[0]

    @property
    def address(self) -> str:
        """Host and port of the primary."""
        return self.primary.address

    @property
    def queries(self) -> int:
        """How many questions the servers have received, those of the secondaries among them."""
        return sum(server.received().get("QUERY", 0) for server in self.servers)

    @property
    def updates(self) -> int:
        """How many UPDATE messages (RFC 2136) they have received."""
        return sum(server.received().get("UPDATE", 0) for server in self.servers)

    def values(self, name: str) -> list[str]:
        """Return the values of the TXT records that the primary has at a name."""
        answer = dns.query.tcp(dns.message.make_query(name, "TXT"), LOOPBACK, _START_SECONDS, self.port)
        return [b"".join(each.strings).decode() for rrset in answer.answer for each in rrset]

    def secret(self, key: str) -> str:
        """Return the secret of a TSIG key, in base64."""
        return self._secrets[key]

    def refresh(self, zone: str) -> None:
        """Let the server that lags catch up with the primary."""
        server, deadline = self.servers[-1], time.monotonic() + _START_SECONDS
        server.notify(zone)
        while server.serial(zone) != self.primary.serial(zone):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{server.address} does not catch up; its log:\n{server.log[-2000:]}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop all servers."""
        for server in self.servers:
            server.stop()

    def _start_on_free_ports(self, program: NamedProgram) -> None:
        # Between the choice of a port and its use somebody else may take it: then others are tried.
        for starts_left in reversed(range(_STARTS)):
            self._prepare(program)
            try:
                for server in self.servers:
                    server.start()
            except RuntimeError as error:
                self.stop()
                if not starts_left or "address already in use" not in str(error):
                    raise
            else:
                return

    def _prepare(self, program: NamedProgram) -> None:
        ips = self.options.addresses
        numbers = free_ports(2 * len(ips))
        ports, statistics = (dict(zip(ips, numbers[start::2], strict=True)) for start in (0, 1))
        self.port, self.servers = ports[LOOPBACK], []
        for ip in ips:
            folder = self._folder / f"{ip}-{self.port}"
            folder.mkdir()
            (folder / "named.conf").write_text(
                self.options.configuration(ip, ports, statistics[ip], self._secrets, folder)
            )
            (folder / "root.zone").write_text(self.options.root_file)
            where = _Where(ip, self.port, ports[ip], statistics[ip])
            self.servers.append(NameServerProcess(program, self.options.zones, where, folder))
        for zone in self.options.zones:
            (self._folder / f"{LOOPBACK}-{self.port}" / f"{zone}.zone").write_text(
                self.options.zone_file(zone)
            )
