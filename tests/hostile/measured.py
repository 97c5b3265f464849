"""A command as a process of its own, and how much memory it has ever had."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.acceptance.command_line import environment

if TYPE_CHECKING:
    from pathlib import Path

# All but the time that a request may take is as it is.
_PROGRAM = """
import sys
from functools import partial
from pathlib import Path
from reconciler.ca import connect
from reconciler.cli.main import run
connect.Limits = partial(connect.Limits, request_seconds=float(sys.argv[1]))
code = run(sys.argv[2:])
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), file=sys.stderr)
sys.exit(code)
"""


@dataclass(frozen=True)
class Measured:
    """How a command ended, what it said, its most memory in MiB, and how long it took."""

    code: int
    said: str
    mebibytes: float
    seconds: float


def measure(folder: Path, *arguments: str, request_seconds: float = 5.0) -> Measured:
    """Run a command to its end; Linux only."""
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(request_seconds), "-C", str(folder), *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    said, _, peak = ran.stderr.rstrip().rpartition("\n")
    assert peak.isdigit(), ran.stderr
    return Measured(ran.returncode, ran.stdout + said, int(peak) / 1024, time.monotonic() - began)
