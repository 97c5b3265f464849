"""Server processes that never outlive the program that started them, however it ends."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.01

# Reads a pipe whose other end only we hold: its end comes when we are gone, also when we were killed. (The
# signal at a parent's death comes when the thread ends that started the child, and exists on Linux only.)
_WATCHER = 'read -r _; kill -KILL "$1"'


class ChildProcess:
    """A running server process; in a session of its own, so that Ctrl-C reaches us alone.

    Args:
        command: the program and its arguments.
        log: the file to which its output is appended.
        environment: all of its environment.
    """

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self._log = log
        self._name = command[0]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        self._watcher = subprocess.Popen(
            ["/bin/sh", "-c", _WATCHER, "sh", str(self._process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def wait_until(self, is_ready: Callable[[], bool], seconds: float = 30.0) -> None:
        """Return as soon as `is_ready` says so; an OSError of it means "not yet".

        Raises:
            RuntimeError: the process ended, or was not ready in time; the message holds the end of its log.
        """
        deadline = time.monotonic() + seconds
        while True:
            ended = self._process.poll() is not None
            if not ended:
                try:
                    if is_ready():
                        return
                except OSError:
                    pass
            if ended or time.monotonic() > deadline:
                what = (
                    f"ended with code {self._process.returncode}"
                    if ended
                    else f"not ready after {seconds:g} s"
                )
                tail = self._log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self._name}: {what}; its log ends with:\n{tail}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """End the process and wait for its end; without effect when that has happened already."""
        self._watcher.kill()
        self._watcher.wait()
        if self._watcher.stdin:
            self._watcher.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
