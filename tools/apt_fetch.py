"""Packages of another Debian suite, unpacked into a folder: without root, the system stays as it is."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tools.apt_source import AptSource, by_preference, with_suite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SECONDS = 300


def system_sources(suite: str, etc: Path = Path("/etc/apt")) -> list[AptSource]:
    """Return the machine's Debian sources, turned to `suite`, the most promising first."""
    files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.*"))]
    readable = [file for file in files if file.suffix in (".list", ".sources") and file.is_file()]
    return by_preference(
        [entry for file in readable for entry in with_suite(file.name, file.read_text(), suite)]
    )


def is_possible() -> bool:
    """Whether this system has the programs that it takes."""
    return all(map(shutil.which, ("apt-get", "dpkg-deb")))


def unpack(package: str, source: AptSource, folder: Path) -> str:
    """Download `package` from `source` and unpack it into `folder`/root.

    Args:
        package: its name.
        source: the only source that is asked.
        folder: an empty folder; apt's own files go there as well.

    Returns:
        What went wrong, or an empty text.
    """
    source_file = folder / f"source.{source.form}"
    source_file.write_text(source.text)
    apt = _apt(
        folder,
        {
            "Dir::Etc::SourceList": source_file,
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::Etc::Preferences": "/dev/null",
            "Dir::Etc::PreferencesParts": "/dev/null",
            "APT::Update::Error-Mode": "any",
        },
    )
    complaint = _run([*apt, "update"], folder) or _run([*apt, "download", package], folder)
    return complaint or _unpacked(folder, folder)


def unpack_missing(packages: Sequence[str], folder: Path) -> str:
    """Download packages of the machine's own release, with what they need and is not there, and unpack them.

    Args:
        packages: their names.
        folder: an empty folder; what is unpacked is in its `root`, apt's own files are beside it.

    Returns:
        What went wrong, or an empty text.
    """
    # Nothing is installed, so nobody has to be kept out; and only root could do so. One that is there already
    # and yet is asked for is not as it should be.
    apt = _apt(folder, {"APT::Install-Recommends": "false", "Debug::NoLocking": "true"})
    install = [*apt, "-y", "--download-only", "--reinstall", "install", *packages]
    complaint = _run([*apt, "update"], folder) or _run(install, folder)
    return complaint or _unpacked(folder / "cache" / "archives", folder)


def _apt(folder: Path, options: Mapping[str, object]) -> list[str]:
    """Return the command that keeps to `folder`."""
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    own = {
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        # Run by root, apt would give up its rights, and with them those to the folder.
        "APT::Sandbox::User": "root",
    }
    return ["apt-get", "-q", *(f"-o{key}={value}" for key, value in {**own, **options}.items())]


def _unpacked(archives: Path, folder: Path) -> str:
    found = sorted(archives.glob("*.deb"))
    if not found:
        return "apt-get brought no package"
    complaints = (_run(["dpkg-deb", "-x", str(archive), "root"], folder) for archive in found)
    return next(filter(None, complaints), "")


def _run(command: list[str], folder: Path) -> str:
    try:
        run = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if run.returncode == 0:
        return ""
    said = (run.stderr or run.stdout).strip().splitlines()
    return f"{command[0]}: {' '.join(said[-3:]) or f'exit code {run.returncode}'}"
