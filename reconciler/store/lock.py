"""One writer at a time: an advisory lock of the kernel, which ends with the process that holds it."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from reconciler.errors import StateLockedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path


@contextmanager
def lock(path: Path, command: str, now: datetime) -> Iterator[float | None]:
    """Hold the lock at `path` for the length of the context; `command` and `now` tell others who, since when.

    Gives since when whoever held it last did so, as files have it, if that one did not come to its end: who
    it was then still stands there.

    Raises:
        StateLockedError: somebody else holds it; says who.
        OSError: the file cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateLockedError(_describe(os.pread(descriptor, 4096, 0))) from None
        holder = {
            "command": command,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "user": user_name(),
            "since": f"{now:%Y-%m-%d %H:%M:%S} UTC",
        }
        before = os.fstat(descriptor)
        content = json.dumps(holder).encode()
        # The file is never empty as long as somebody has not come to the end, the loss of power included.
        os.pwrite(descriptor, content, 0)
        os.ftruncate(descriptor, len(content))
        os.fsync(descriptor)
        yield before.st_mtime if before.st_size else None
        with suppress(OSError):  # all is done; the next run only looks once more whether something was left
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _describe(content: bytes) -> str:
    try:
        holder = json.loads(content)
        who = f"`{holder['command']}` of {holder['user']}@{holder['host']}"
        return f"{who}, process {holder['pid']}, since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process, which is only just starting"


def user_name() -> str:
    """Return who runs this process; their number where they have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
