from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tools.child_process import ChildProcess

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
# Holds a pipe open for as long as it lives, so that its end can be waited for.
PARENT = """
import sys, pathlib
from tools.child_process import ChildProcess
log = pathlib.Path(sys.argv[1])
child = ChildProcess(["sh", "-c", "echo running; exec sleep 600"], log, {"PATH": "/usr/bin:/bin"})
child.wait_until(lambda: "running" in log.read_text())
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_it_is_ready_when_its_probe_says_so(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = ChildProcess(["sh", "-c", "echo ready; exec sleep 600"], log, ENVIRONMENT)
    try:
        child.wait_until(lambda: "ready" in log.read_text())
    finally:
        child.stop()
        child.stop()

    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


def test_one_that_ends_early_is_reported_with_its_last_words(tmp_path: Path) -> None:
    child = ChildProcess(["sh", "-c", "echo no such port; exit 3"], tmp_path / "log", ENVIRONMENT)
    try:
        with pytest.raises(RuntimeError, match=r"(?s)ended with code 3.*no such port"):
            child.wait_until(lambda: False)
    finally:
        child.stop()


def test_one_that_is_never_ready_is_reported(tmp_path: Path) -> None:
    child = ChildProcess(["sleep", "600"], tmp_path / "log", ENVIRONMENT)
    try:
        with pytest.raises(RuntimeError, match="not ready"):
            child.wait_until(lambda: False, seconds=0.05)
    finally:
        child.stop()


def test_one_that_does_not_want_to_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.child_process._GRACE_SECONDS", 0.05)
    log = tmp_path / "log"
    child = ChildProcess(["sh", "-c", "trap '' TERM; echo deaf; exec sleep 600"], log, ENVIRONMENT)
    child.wait_until(lambda: "deaf" in log.read_text())

    child.stop()

    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


def test_it_does_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
    gone = threading.Event()
    for _ in range(1000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        gone.wait(0.01)
    else:
        os.kill(pid, signal.SIGKILL)
        pytest.fail("the child lives on")
