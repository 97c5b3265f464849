"""A run that is ended from outside, and the one after it."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.pebble.test_apply import counted
from tests.pebble.tree import Tree
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble, StartWebroot

EXPECTED = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGKILL: -9}


@pytest.mark.parametrize("number", list(EXPECTED))
def test_ended_while_the_ca_works_and_resumed(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot, number: signal.Signals
) -> None:
    ca = pebble(PebbleOptions(retry_after_order=30))
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    tree.certificate("www", "1.example.com")
    running = subprocess.Popen(
        tree.command("apply"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        _wait_for(lambda: any("/finalize-order" in line for line in ca.requests))
        _wait_for(lambda: "next_work_date" in _order(tree))
        began = time.monotonic()
        running.send_signal(number)
        _, messages = running.communicate(timeout=20)
        assert time.monotonic() - began < 10
        assert running.returncode == EXPECTED[number], messages
    finally:
        running.kill()
        running.communicate()
    assert "Traceback" not in messages
    assert tree.json("apply", "--no-wait")["waiting_for_ca"]
    before = len(ca.requests)
    _let_time_pass(tree)
    tree.run("apply")
    tree.verify("www")
    assert counted(ca.requests[before:]) == {
        "directory": 1,
        "nonce": 1,
        "order": 1,
        "certificate": 1,
        "renewal information": 1,
    }
    assert counted(ca.requests)["new order"] == 1


def _wait_for(condition: object) -> None:
    deadline = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _order(tree: Tree) -> str:
    [path] = tree.root.glob("state/orders/*.yaml")
    return path.read_text()


def _let_time_pass(tree: Tree) -> None:
    """The CA said: not for another 30 seconds. Nobody waits for that in a test."""
    [path] = tree.root.glob("state/orders/*.yaml")
    lines = [line for line in path.read_text().splitlines() if not line.startswith("next_work_date")]
    path.write_text("\n".join(lines) + "\n")
