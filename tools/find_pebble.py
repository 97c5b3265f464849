"""Where Pebble, the CA project's own test server, is on this machine; it is fetched where it is not."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools import apt_fetch, dev_cache

OVERRIDE = "RECONCILER_PEBBLE_DIR"

_SUITE = "sid"
_PROGRAMS = ("pebble", "pebble-challtestsrv")
# Words of what the tests need, as they stand in the program: renewal information (RFC 9773), profiles.
_FEATURES = (b"renewalInfo", b"invalidProfile")

_HOW_TO = f"""\
How to get it, any one of these:
  - on Debian: with apt-get, dpkg-deb and a reachable mirror it is fetched by itself (from {_SUITE}, into a
    cache folder, without root, without touching the system's packages)
  - with Go: go install github.com/letsencrypt/pebble/v2/cmd/...@latest
  - from the releases page of letsencrypt/pebble on GitHub: `pebble` and `pebble-challtestsrv` for your system
Put both programs on PATH, or into a folder that the environment variable {OVERRIDE} names."""


class PebbleUnavailableError(Exception):
    """There is no Pebble and none could be fetched; the message says what was tried, and how to get it."""

    def __init__(self, tried: list[str]) -> None:
        lines = "\n".join(f"  - {attempt}" for attempt in tried)
        super().__init__(f"Pebble, the ACME test server, is not available. Tried:\n{lines}\n{_HOW_TO}")


@dataclass(frozen=True, slots=True)
class PebblePrograms:
    """The two programs."""

    pebble: Path
    challtestsrv: Path


def find_pebble() -> PebblePrograms:
    """Return the programs: from the folder that is set, PATH, or the cache, in this order; or fetch them.

    Raises:
        PebbleUnavailableError: there is no way to have them.
    """
    chosen = os.environ.get(OVERRIDE)
    if chosen:
        programs, complaint = _check(Path(chosen))
        if programs is None:
            raise PebbleUnavailableError([f"{OVERRIDE}={chosen}: {complaint}"])
        return programs
    programs, complaint = _check(Path(shutil.which("pebble") or "/nonexistent/pebble").parent)
    return programs or _cached_or_fetched([f"PATH: {complaint}"])


def _check(folder: Path) -> tuple[PebblePrograms | None, str]:
    """Return the programs in `folder` if they can do what is needed; else None, and why not."""
    programs = PebblePrograms(*(folder / name for name in _PROGRAMS))
    for path in (programs.pebble, programs.challtestsrv):
        if not os.access(path, os.X_OK):
            return None, f"no program `{path.name}`"
    content = programs.pebble.read_bytes()
    if not all(feature in content for feature in _FEATURES):
        return None, f"{programs.pebble} is too old: it knows no profiles, or no renewal information"
    try:
        run = subprocess.run(
            [programs.pebble, "-version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"{programs.pebble} does not run here: {error}"
    if run.returncode != 0:
        return None, f"{programs.pebble} does not run here: {run.stderr.strip()}"
    return programs, ""


def _cached_or_fetched(tried: list[str]) -> PebblePrograms:
    base = dev_cache.folder()
    folder = base / f"pebble-{_SUITE}-{platform.machine()}"
    try:
        with dev_cache.locked():
            programs, complaint = _check(folder)
            if programs is None:
                tried.append(f"{folder}: {complaint}")
                programs = _fetched(folder, tried)
            return programs
    except OSError as error:
        tried.append(f"the cache {base}: {error}")
        raise PebbleUnavailableError(tried) from error


def _fetched(folder: Path, tried: list[str]) -> PebblePrograms:
    """Make `folder`, whole or not at all."""
    if not apt_fetch.is_possible():
        tried.append("a Debian package: this system has no apt-get and dpkg-deb")
        raise PebbleUnavailableError(tried)
    sources = apt_fetch.system_sources(_SUITE)
    if not sources:
        tried.append("a Debian package: apt's sources name no Debian release")
    dev_cache.sweep()
    for source in sources:
        sys.stderr.write(f"fetching Pebble into {folder} from {source.uri} {_SUITE} (once)\n")
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=folder.parent) as scratch:
            complaint = apt_fetch.unpack("pebble", source, Path(scratch))
            unpacked = Path(scratch, "root", "usr", "bin")
            programs, complaint = (None, complaint) if complaint else _check(unpacked)
            if programs is not None:
                dev_cache.put(unpacked, folder, Path(scratch))
                return PebblePrograms(*(folder / name for name in _PROGRAMS))
        tried.append(f"the Debian package of {source.uri} {_SUITE}: {complaint}")
    raise PebbleUnavailableError(tried)
