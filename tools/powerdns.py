"""A PowerDNS server on loopback, with its HTTP API, for as long as a context lasts."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.child_process import ChildProcess
from tools.ports import LOOPBACK, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRAM = "pdns_server"
_SCHEMAS = (
    "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql",
    "/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql",
    "/usr/share/doc/pdns/schema.sqlite3.sql",
    "/opt/homebrew/opt/pdns/share/doc/pdns/schema.sqlite3.sql",
    "/usr/local/opt/pdns/share/doc/pdns/schema.sqlite3.sql",
)
# Not on the PATH of everybody, and servers are there.
_MORE_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
_HOW_TO = (
    "PowerDNS, which tests publish records with, is not available: {}. How to get it: on Debian and Ubuntu, "
    "apt-get install pdns-server pdns-backend-sqlite3 (the service need not run); on macOS, brew install pdns"
)


class PowerDnsUnavailableError(Exception):
    """There is no PowerDNS here; the message says how to get it."""

    def __init__(self, missing: str) -> None:
        super().__init__(_HOW_TO.format(missing))


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
        PowerDnsUnavailableError: it is not installed.
        RuntimeError: it does not start; the message holds the end of its log.
    """
    path = os.pathsep.join((os.environ.get("PATH", ""), *_MORE_FOLDERS))
    program = shutil.which(_PROGRAM, path=path)
    if program is None:
        raise PowerDnsUnavailableError(f"no program {_PROGRAM}")
    schema = next((each for each in map(Path, _SCHEMAS) if each.is_file()), None)
    if schema is None:
        raise PowerDnsUnavailableError("no backend for SQLite")
    database = folder / "zones.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(schema.read_text())
    port, api_port = free_ports(2)
    server = PowerDns(port, api_port, secrets.token_urlsafe(16))
    (folder / "pdns.conf").write_text(_configuration(folder, database, server, api_port))
    process = ChildProcess([program, f"--config-dir={folder}"], folder / "log", {"LC_ALL": "C"})
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
