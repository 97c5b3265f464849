"""What other processes get: no core dump has the memory, and Git has no identity."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reconciler.provenance import git
from tests.acceptance.command_line import environment

_PROGRAM = """
import resource
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
from reconciler.cli import main
main.run = lambda words: print(resource.getrlimit(resource.RLIMIT_CORE) == (0, hard)) or 0
main.main()
"""


def test_a_process_that_dies_leaves_no_memory_behind() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=environment(), capture_output=True, text=True, check=True
    )
    assert ran.stdout == "True\n"


@pytest.mark.parametrize("reading", [True, False])
def test_git_gets_no_identity(monkeypatch: pytest.MonkeyPatch, *, reading: bool) -> None:
    monkeypatch.setenv("RECONCILER_AGE_IDENTITY", "-----BEGIN OPENSSH PRIVATE KEY-----")
    monkeypatch.setenv("OF_THE_TREE", "AGE-SECRET-KEY-1XYZ")
    monkeypatch.setenv("GIT_ASKPASS", "/usr/bin/of-the-user")
    given = git.environment(reading=reading)
    assert not {"RECONCILER_AGE_IDENTITY", "OF_THE_TREE"} & given.keys()
    assert given["GIT_ASKPASS"] == "/usr/bin/of-the-user"
