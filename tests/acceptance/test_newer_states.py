"""A state that a newer version has written is left alone, by every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.cli.main import COMMANDS, cli
from reconciler.model.account import KeyType
from reconciler.pki import generate_key
from tests.acceptance.command_line import all_commands
from tests.acceptance.trees import write_account, write_issued, write_waiting_order

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram

COMMAND_LINES = {" ".join(path) for path in all_commands(cli)}
ORDER = "0197299e-0000-7000-8000-000000000002"
ARGUMENTS = {
    "order show": (ORDER,),
    "order challenges": (ORDER,),
    "order fulfilled": (ORDER,),
    "order retry": (ORDER,),
    "order cancel": (ORDER,),
    "order revoke": (ORDER,),
    "certificate fetch": ("www",),
    "certificate lookup": ("03e7",),
    "certificate show": ("www",),
    "account import": ("ca", "--key-file", "key.pem"),
    "account rotate-key": ("ca",),
    "account deactivate": ("ca", "--force"),
    "account show": ("ca",),
}
WITHOUT_STATE = {
    "init",
    "validate",
    "role list",
    "role show",
    "role explain",
    "dns test",
}
"""They are about the tree alone, or about what the settings name."""


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = (each for each in folder.rglob("*") if each.is_file())
    return {str(each): (each.stat().st_mtime_ns, each.read_bytes()) for each in files}


@pytest.fixture
def newer(tree: Path) -> Path:
    write_account(tree)
    write_issued(tree)
    write_waiting_order(tree)
    (tree / "key.pem").write_bytes(generate_key(KeyType.EC_256))
    (tree / "key.pem").chmod(0o600)
    (tree / "state/meta.yaml").write_text("format_version: 2\nlineage: x\nnew: thing\n")
    return tree


def test_all_groups_of_commands_are_known() -> None:
    assert {each.split()[0] for each in COMMAND_LINES} == set(COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMAND_LINES - WITHOUT_STATE - {"state check"}))
def test_a_newer_format_is_refused_and_nothing_written(
    newer: Path, program: RunProgram, command: str
) -> None:
    before = snapshot(newer)
    ran = program(*command.split(), *ARGUMENTS.get(command, ()))
    # What is found in a state is what `state check` is asked for; elsewhere it is an error.
    told, silent = (ran.out, ran.err) if command == "state check" else (ran.err, ran.out)
    assert (ran.code, silent) == (1, "")
    assert "the state has format 2, written by a newer reconciler; this one knows" in " ".join(told.split())
    assert told.count("state/meta.yaml") == 1
    assert snapshot(newer) == before


def test_the_check_of_a_newer_format_finds_that_alone(newer: Path, program: RunProgram) -> None:
    before = snapshot(newer)
    ran = program("state", "check")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith("state/meta.yaml:1: error: the state has format 2, written by a newer")
    assert ran.out.endswith("\n1 error\n")
    assert snapshot(newer) == before
