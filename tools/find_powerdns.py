"""Where PowerDNS is on this machine, with its backend for SQLite; it is fetched where it is not."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tools import apt_fetch, dev_cache

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROGRAM = "pdns_server"
_PACKAGES = ("pdns-server", "pdns-backend-sqlite3")
# Not on everybody's PATH, and servers are there.
_MORE_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
_SCHEMAS = (
    "usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql",
    "usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql",
    "usr/share/doc/pdns/schema.sqlite3.sql",
    "usr/local/share/doc/pdns/schema.sqlite3.sql",
    "opt/homebrew/share/doc/pdns/schema.sqlite3.sql",
)
_HOW_TO = f"""\
How to get it, any one of these:
  - on Debian and Ubuntu: with apt-get, dpkg-deb and a reachable mirror it is fetched by itself (into a cache
    folder, without root, without touching the system's packages)
  - there as well: apt-get install {" ".join(_PACKAGES)} (the service need not run)
  - on macOS: brew install pdns"""


class PowerDnsUnavailableError(Exception):
    """There is no PowerDNS and none could be fetched; the message says what was tried, and how to get it."""

    def __init__(self, tried: list[str]) -> None:
        lines = "\n".join(f"  - {attempt}" for attempt in tried)
        super().__init__(
            f"PowerDNS, which tests publish records with, is not available. Tried:\n{lines}\n{_HOW_TO}"
        )


@dataclass(frozen=True, slots=True)
class InstalledPowerDns:
    """Where it is.

    Attributes:
        program: the server.
        schema: the SQL that makes its database.
        arguments, environment: what it takes to run where it is.
    """

    program: Path
    schema: Path
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def find_powerdns() -> InstalledPowerDns:
    """Return where it is: by PATH, in the folders of servers, or in the cache, in this order; or fetch it.

    Raises:
        PowerDnsUnavailableError: there is no way to have it.
    """
    path = os.pathsep.join((os.environ.get("PATH", ""), *_MORE_FOLDERS))
    program = shutil.which(_PROGRAM, path=path)
    schema = _schema(Path("/"))
    if program and schema:
        return InstalledPowerDns(Path(program), schema)
    tried = [f"PATH: {'no backend for SQLite' if program else f'no program `{_PROGRAM}`'}"]
    return _cached_or_fetched(tried)


def _schema(root: Path) -> Path | None:
    return next((root / each for each in _SCHEMAS if (root / each).is_file()), None)


def _cached_or_fetched(tried: list[str]) -> InstalledPowerDns:
    folder = dev_cache.folder() / f"powerdns-{platform.machine()}"
    try:
        with dev_cache.locked():
            found = _unpacked(folder) or _fetched(folder, tried)
    except OSError as error:
        tried.append(f"the cache {folder.parent}: {error}")
        raise PowerDnsUnavailableError(tried) from error
    if found is None:
        raise PowerDnsUnavailableError(tried)
    return found


def _unpacked(root: Path) -> InstalledPowerDns | None:
    """Return what lies in a folder into which packages were unpacked."""
    program, schema = root / "usr/sbin" / _PROGRAM, _schema(root)
    backend = next(root.glob("usr/lib/*/pdns/libgsqlite3backend.so"), None)
    if not os.access(program, os.X_OK) or schema is None or backend is None:
        return None
    libraries = os.pathsep.join(map(str, (backend.parent.parent, *root.glob("lib/*-linux-gnu"))))
    return InstalledPowerDns(
        program, schema, (f"--module-dir={backend.parent}",), {"LD_LIBRARY_PATH": libraries}
    )


def _fetched(folder: Path, tried: list[str]) -> InstalledPowerDns | None:
    """Make `folder`, whole or not at all."""
    if not apt_fetch.is_possible():
        tried.append("Debian packages: this system has no apt-get and dpkg-deb")
        return None
    dev_cache.sweep()
    sys.stderr.write(f"fetching PowerDNS into {folder} (once)\n")
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=folder.parent) as scratch:
        complaint = apt_fetch.unpack_missing(_PACKAGES, Path(scratch))
        root = Path(scratch, "root")
        if not complaint and _unpacked(root):
            dev_cache.put(root, folder, Path(scratch))
            return _unpacked(folder)
    tried.append(f"Debian packages {', '.join(_PACKAGES)}: {complaint or 'they are not as they were'}")
    return None
