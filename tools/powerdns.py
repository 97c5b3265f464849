"""A PowerDNS server on loopback, with its HTTP API, for as long as a context lasts."""

from __future__ import annotations

import http.client
import json
import secrets
import socket
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from tools.child_process import ChildProcess
from tools.find_powerdns import find_powerdns
from tools.ports import LOOPBACK, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class PowerDns:
    """A running server.

    Attributes:
        port: of the DNS.
        url: of the HTTP API.
        key: what the API asks for.
    """

    def __init__(self, port: int, api_port: int, key: str) -> None:
        self.port = port
        self.url = f"http://{LOOPBACK}:{api_port}"
        self.key = key
        self._api_port = api_port

    def add_zone(self, name: str) -> None:
        """Make an empty zone; it answers for it at once."""
        self._ask("POST", "/zones", {"name": f"{name}.", "kind": "Native", "nameservers": [f"ns.{name}."]})

    def put_txt(self, zone: str, name: str, values: list[str], ttl: int) -> None:
        """Put a TXT record set in the place of the one that there is; no values: remove it."""
        record_set = {
            "name": f"{name}.",
            "type": "TXT",
            "ttl": ttl,
            "changetype": "REPLACE",
            "records": [{"content": f'"{value}"', "disabled": False} for value in values],
        }
        self._ask("PATCH", f"/zones/{zone}.", {"rrsets": [record_set]})

    def remove_zone(self, name: str) -> None:
        """Remove a zone with all that is in it."""
        self._ask("DELETE", f"/zones/{name}.")

    def serial(self, zone: str) -> int:
        """Return the zone's serial number; each change through the API adds one to it."""
        return int(self._ask("GET", f"/zones/{zone}.")["serial"])

    def is_ready(self) -> bool:
        """Say whether it answers by DNS and by HTTP."""
        with socket.create_connection((LOOPBACK, self.port), 1):
            self._ask("GET", "")
        return True

    def _ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
        with closing(http.client.HTTPConnection(LOOPBACK, self._api_port, timeout=10)) as connection:
            connection.request(
                method, f"/api/v1/servers/localhost{path}", json.dumps(body), {"X-API-Key": self.key}
            )
            answer = connection.getresponse()
            content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode(errors='replace')}")
        return json.loads(content) if content else None


@contextmanager
def powerdns(folder: Path) -> Iterator[PowerDns]:
    """Run a server without zones.

    Args:
        folder: an empty one, for its database, configuration and log.

    Raises:
        PowerDnsUnavailableError: it is neither installed nor to be fetched.
        RuntimeError: it does not start; the message holds the end of its log.
    """
    installed = find_powerdns()
    database = folder / "zones.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(installed.schema.read_text())
    port, api_port = free_ports(2)
    server = PowerDns(port, api_port, secrets.token_urlsafe(16))
    (folder / "pdns.conf").write_text(_configuration(folder, database, server, api_port))
    command = [str(installed.program), f"--config-dir={folder}", *installed.arguments]
    process = ChildProcess(command, folder / "log", {"LC_ALL": "C", **installed.environment})
    try:
        process.wait_until(server.is_ready)
        yield server
    finally:
        process.stop()


def _configuration(folder: Path, database: Path, server: PowerDns, api_port: int) -> str:
    settings = {
        "launch": "gsqlite3",
        "gsqlite3-database": database,
        "local-address": LOOPBACK,
        "local-port": server.port,
        "socket-dir": folder,
        "api": "yes",
        "api-key": server.key,
        "webserver-address": LOOPBACK,
        "webserver-port": api_port,
        "write-pid": "no",
        "disable-syslog": "yes",
        # It would ask the project's own servers whether it is up to date.
        "security-poll-suffix": "",
        # What was changed, is to be seen at once.
        "cache-ttl": 0,
        "query-cache-ttl": 0,
        "negquery-cache-ttl": 0,
        "zone-cache-refresh-interval": 0,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
