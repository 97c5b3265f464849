"""Programs, run and measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LAUNCHER = Path(__file__).with_name("launcher.py")
_LOG_TAIL = 2000


class MeasurementError(Exception):
    """What was to be measured did not do its work; the message says what it did instead."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process took, its children included."""

    code: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What all commands took.

    Attributes:
        seconds: from the start of the first to the end of the last.
        in_time: whether none had to be killed.
        log: the end of what they wrote.
    """

    seconds: float
    in_time: bool
    processes: tuple[Usage, ...]
    log: str

    @property
    def cpu_seconds(self) -> float:
        """User and system time of all processes."""
        return sum(process.cpu_seconds for process in self.processes)

    @property
    def peak_mib(self) -> float:
        """The memory of the process that had most of it."""
        return max(process.peak_bytes for process in self.processes) / 2**20

    def expect(self, code: int = 0) -> Measured:
        """Return this.

        Raises:
            MeasurementError: one did not end with `code`.
        """
        if not self.in_time:
            raise MeasurementError(f"not done after {self.seconds:.0f} s; the output ends with:\n{self.log}")
        wrong = [process.code for process in self.processes if process.code != code]
        if wrong:
            raise MeasurementError(
                f"{len(wrong)} of {len(self.processes)} processes did not end with {code}, but with "
                f"{', '.join(map(str, sorted(set(wrong))))}; the output ends with:\n{self.log}"
            )
        return self


def measure(
    commands: Sequence[Sequence[str]],
    *,
    at_once: int = 1,
    seconds: float = 600.0,
    environment: Mapping[str, str] | None = None,
) -> Measured:
    """Run commands, and return what they took.

    Args:
        commands: each a program and its arguments.
        at_once: how many of them run side by side.
        seconds: for all of them; what is not done by then is killed.
        environment: added to the present one.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        log = Path(folder, "log")
        log.touch()
        job = {"commands": commands, "at_once": at_once, "seconds": seconds, "log": str(log)}
        # -I -S: as small as Python can be.
        launched = subprocess.run(
            [sys.executable, "-I", "-S", str(_LAUNCHER)],
            input=json.dumps(job),
            env={**_as_users_have_it(), **(environment or {})},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        tail = log.read_text(errors="replace")[-_LOG_TAIL:]
    answer = json.loads(launched.stdout)
    processes = tuple(Usage(**process) for process in answer["processes"])
    return Measured(answer["seconds"], answer["in_time"], processes, tail)


def _as_users_have_it() -> dict[str, str]:
    """Return the environment, but for what would have the program compiled anew at each start."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
