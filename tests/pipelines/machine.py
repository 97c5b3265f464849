"""The machine that a job runs on: programs on the PATH, and an environment with nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

# As pip makes it, for this code: its folder, not the working directory, is where Python looks first.
_PROGRAM = f"""\
#!{sys.executable}
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
from reconciler.cli.main import main
main()
"""
_PIP = """\
#!/bin/sh
printf '%s\\n' "$@" >> "$HOME/pip.txt"
"""


@dataclass(frozen=True)
class Ran:
    """What became of a script: its exit code, and what it printed, both streams as one."""

    code: int
    log: str

    @property
    def commands(self) -> list[str]:
        """The lines that GitHub's runner takes for commands to itself.

        Those are lines that begin with `::`, after any white space, or have `##[` anywhere; and none from
        `::stop-commands::TOKEN` until `::TOKEN::`.
        """
        found = []
        token = None
        for line in self.log.splitlines():
            if token is not None:
                token = None if line.strip() == f"::{token}::" else token
            elif stopped := re.fullmatch(r"\s*::stop-commands::(.+)", line):
                token = stopped[1]
            elif re.match(r"\s*::\w[\w-]*( [^:]*)?::", line) or "##[" in line:
                found.append(line.strip())
        assert token is None, "the commands were never turned on again"
        return found


@dataclass
class Machine:
    """A fresh machine with git, Python and this program."""

    home: Path
    extra: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.programs.mkdir(parents=True)
        self.install("reconciler", _PROGRAM)
        self.install("pip", _PIP)

    @property
    def programs(self) -> Path:
        return self.home / "bin"

    def install(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(text)
        path.chmod(0o755)

    @property
    def installed(self) -> list[str]:
        """What pip was called with."""
        return (self.home / "pip.txt").read_text().splitlines()

    def environment(self, **variables: str) -> dict[str, str]:
        """Return all that a script sees."""
        return {
            "PATH": f"{self.programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            **self.extra,
            **variables,
        }

    def run(self, script: str, folder: Path, environment: dict[str, str], *options: str) -> Ran:
        """Run a script with bash, and `options` of it, as a runner does: from a file, in the checkout."""
        file = self.home / "script.sh"
        file.write_text(script)
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", *options, str(file)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=110,
            check=False,
        )
        assert "Traceback" not in ran.stdout, ran.stdout
        return Ran(ran.returncode, ran.stdout)
