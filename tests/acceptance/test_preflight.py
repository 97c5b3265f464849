"""What `plan --preflight` costs those who do not ask for it, and what those see who wait for it."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.command_line import environment
from tests.acceptance.test_processes import imported_by
from tools.bind import Bind, BindOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram


def test_a_plan_without_it_imports_nothing_of_the_network(tree: Path) -> None:
    imported, shown = imported_by(tree, "plan", "--format", "json")
    assert '"create_order"' in shown
    assert not imported & {"dns", "urllib3", "cryptography"}


def test_the_help_names_what_is_looked_at(program: RunProgram) -> None:
    shown = " ".join(program("plan", "--help").out.split())
    assert "--preflight Look whether the orders can succeed: CAA records, DNS delegations" in shown
    assert "it changes neither the plan nor the exit code" in shown


@pytest.fixture(scope="module")
def bind() -> Iterator[Bind]:
    with Bind(BindOptions(zones={"com": ("www.example A 127.0.0.1",)}, wildcard=False)) as running:
        yield running


def look(tree: Path, bind: Bind, *options: str, terminal: bool) -> tuple[str, str]:
    """Return what it writes to its output, and to where messages go: a terminal, or a pipe."""
    (tree / "reconciler.yaml").write_text(f'dns: {{nameservers: ["{bind.address}"]}}\n')
    reader, writer = pty.openpty() if terminal else os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", "plan", "--preflight", *options],
            cwd=tree,
            env={**environment(), "TERM": "xterm"},
            stdout=subprocess.PIPE,
            stderr=writer,
            text=True,
            timeout=60,
            check=True,
        )
    finally:
        os.close(writer)
    said = b""
    with open(reader, "rb", buffering=0) as messages, suppress(OSError):  # noqa: PTH123 - a number
        while chunk := messages.read(4096):
            said += chunk
    return done.stdout, said.decode()


def test_a_terminal_shows_how_far_it_has_come(tree: Path, bind: Bind) -> None:
    shown, said = look(tree, bind, terminal=True)
    assert re.search(r"Preflight: [012] of 2 checks \(0:0[0-9]\)", said)
    assert said.endswith("\x1b[2K")
    assert "! port: a CA on the Internet does not reach 127.0.0.1" in shown
    assert "of 2 checks" not in shown


@pytest.mark.parametrize(("options", "terminal"), [([], False), (["--format", "json"], True)])
def test_nothing_of_that_goes_anywhere_else(
    tree: Path, bind: Bind, options: list[str], terminal: bool
) -> None:
    shown, said = look(tree, bind, *options, terminal=terminal)
    assert said == ""
    assert "of 2 checks" not in shown
    if options:
        assert len(json.loads(shown)["preflight"]) == 3
