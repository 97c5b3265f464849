"""Where BIND, the name server, is on this machine; it is fetched where it is not."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tools import apt_fetch, dev_cache

if TYPE_CHECKING:
    from collections.abc import Mapping

OVERRIDE = "RECONCILER_NAMED"

# Where systems keep servers; often not on the PATH of who is not root.
_PLACES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/opt/homebrew/bin")
_PACKAGES = ("bind9", "bind9-dnsutils")

_HOW_TO = f"""\
How to get it, any one of these:
  - on Debian and Ubuntu: apt-get install {" ".join(_PACKAGES)}; or, with apt-get, dpkg-deb and a
    reachable mirror, it is fetched by itself (into a cache folder, without root, without touching the
    system's packages)
  - on macOS: brew install bind
If `named` is in another place than those of PATH, let the environment variable {OVERRIDE} name it."""


class BindUnavailableError(Exception):
    """There is no BIND and none could be fetched; the message says what was tried, and how to get it."""

    def __init__(self, tried: list[str]) -> None:
        lines = "\n".join(f"  - {attempt}" for attempt in tried)
        super().__init__(f"BIND, the name server of the tests, is not available. Tried:\n{lines}\n{_HOW_TO}")


@dataclass(frozen=True, slots=True)
class NamedProgram:
    """The server's program.

    Attributes:
        environment: what it needs to find its libraries.
    """

    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def find_bind() -> NamedProgram:
    """Return the program: the one that is set, on PATH, or in the cache, in this order; or fetch it.

    Raises:
        BindUnavailableError: there is no way to have it.
    """
    chosen = os.environ.get(OVERRIDE)
    if chosen:
        complaint = _complaint(NamedProgram(Path(chosen)))
        if complaint:
            raise BindUnavailableError([f"{OVERRIDE}={chosen}: {complaint}"])
        return NamedProgram(Path(chosen))
    found = shutil.which("named") or shutil.which("named", path=os.pathsep.join(_PLACES))
    if found is None:
        return _cached_or_fetched(["PATH: no program `named`"])
    complaint = _complaint(NamedProgram(Path(found)))
    return _cached_or_fetched([complaint]) if complaint else NamedProgram(Path(found))


def find_tool(name: str) -> NamedProgram:
    """Return a program that comes with it: on PATH, or in the cache, in this order; or fetch all.

    Args:
        name: `nsupdate`, `named-checkzone`.

    Raises:
        BindUnavailableError: there is no way to have it.
    """
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(_PLACES))
    if found:
        return NamedProgram(Path(found))
    root = _cached_or_fetched([f"PATH: no program `{name}`"]).path.parents[2]
    return _in_folder(root, name)


def _complaint(program: NamedProgram) -> str:
    try:
        run = subprocess.run(
            [program.path, "-v"],
            env=dict(program.environment),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{program.path} does not run here: {error}"
    return "" if run.returncode == 0 else f"{program.path} does not run here: {run.stderr.strip()}"


def _in_folder(root: Path, name: str = "named") -> NamedProgram:
    # A package's libraries are in a folder of the machine's architecture, of which there is one.
    folders = [
        str(folder) for top in ("usr/lib", "lib") for folder in sorted(root.glob(f"{top}/*-linux-gnu*"))
    ]
    place = "sbin" if (root / "usr" / "sbin" / name).exists() else "bin"
    path = root / "usr" / ("sbin" if name == "named" else place) / name
    return NamedProgram(path, {"LD_LIBRARY_PATH": os.pathsep.join(folders)})


def _cached_or_fetched(tried: list[str]) -> NamedProgram:
    root = dev_cache.folder() / f"bind9-{platform.machine()}"
    try:
        with dev_cache.locked():
            complaint = _complaint(_in_folder(root))
            if complaint:
                tried.append(complaint)
                _fetch(root, tried)
    except OSError as error:
        tried.append(f"the cache {root.parent}: {error}")
        raise BindUnavailableError(tried) from error
    return _in_folder(root)


def _fetch(root: Path, tried: list[str]) -> None:
    """Make `root`, whole or not at all."""
    if not apt_fetch.is_possible():
        tried.append("Debian packages: this system has no apt-get and dpkg-deb")
        raise BindUnavailableError(tried)
    dev_cache.sweep()
    sys.stderr.write(f"fetching BIND into {root} from this system's sources (once)\n")
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=root.parent) as scratch:
        unpacked = Path(scratch, "root")
        complaint = apt_fetch.unpack_missing(_PACKAGES, Path(scratch))
        complaint = complaint or _complaint(_in_folder(unpacked))
        if complaint:
            tried.append(f"the Debian package: {complaint}")
            raise BindUnavailableError(tried)
        dev_cache.put(unpacked, root, Path(scratch))
