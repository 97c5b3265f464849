"""Builds a release: sdist and wheel, the bill of materials (CycloneDX) of what they depend on, and checksums.

The same commit gives the same bytes: all times in the archives are that of the commit.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SUMS = "SHA256SUMS"


def build(source: Path, target: Path, seconds: int) -> None:
    """Build sdist and wheel.

    Args:
        source: the project.
        target: the folder for them.
        seconds: since the epoch: the time of all files in them.
    """
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(target.absolute())],
        cwd=source,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(seconds)},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def write_bill(source: Path, target: Path) -> None:
    """Write what the wheel depends on as CycloneDX JSON; it is checked against the published schema.

    Args:
        source: the project: `requirements.txt` is the locked set.
        target: the file.
    """
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", "requirements.txt"]
    command += ["--pyproject", "pyproject.toml", "--mc-type", "application", "--spec-version", "1.6"]
    command += ["--output-format", "JSON", "--output-reproducible", "--validate"]
    subprocess.run([*command, "--output-file", str(target.absolute())], cwd=source, check=True)


def write_sums(folder: Path) -> None:
    """Write the checksums of all files of a folder, as `sha256sum --check` reads them."""
    files = [each for each in sorted(folder.iterdir()) if each.name != SUMS]
    lines = [f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in files]
    (folder / SUMS).write_text("".join(lines), encoding="ascii")


def commit_time(source: Path) -> int:
    """Return the time of the last commit; SOURCE_DATE_EPOCH in the environment goes before it."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    ran = subprocess.run(
        ["git", "-C", str(source), "log", "-1", "--format=%ct"], capture_output=True, text=True, check=True
    )
    return int(ran.stdout)


def main() -> None:
    """Make the folder anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "dist")
    folder: Path = parser.parse_args().folder
    shutil.rmtree(folder, ignore_errors=True)
    build(ROOT, folder, commit_time(ROOT))
    [wheel] = folder.glob("*.whl")
    write_bill(ROOT, folder / f"{'-'.join(wheel.name.split('-')[:2])}.cdx.json")
    write_sums(folder)
    for each in sorted(folder.iterdir()):
        print(f"{each.stat().st_size:>10}  {each}")


if __name__ == "__main__":
    main()
