"""The folder in which what was fetched for development is kept: programs to test against."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def folder() -> Path:
    """Return it, whether it exists or not."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "reconciler-dev"


@contextmanager
def locked() -> Iterator[None]:
    """Let one process at a time look and fetch; the others then find what it has fetched."""
    base = folder()
    base.mkdir(parents=True, exist_ok=True)
    with (base / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sweep() -> None:
    """Remove what a fetch has left behind that was killed; call it with the lock."""
    for leftover in folder().glob("fetch-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def put(fetched: Path, place: Path, scratch: Path) -> None:
    """Move what was fetched to its place; call it with the lock.

    Args:
        fetched: a folder, in the same file system.
        place: of it; what is there already is of no use.
        scratch: a folder that is about to go, with what was in that place.
    """
    if place.exists():
        place.rename(scratch / "unusable")
    fetched.rename(place)
