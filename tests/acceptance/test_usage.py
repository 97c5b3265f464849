from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram


@pytest.mark.parametrize(
    ("command_line", "message"),
    [
        ("", "Usage: reconciler"),
        ("plam", "there is no command 'plam'; did you mean 'plan'?"),
        ("xyzzy", "there is no command 'xyzzy'"),
        ("plan --frmat json", "No such option"),
        ("plan --format xml", "'xml' is not one of 'text', 'json'"),
        ("plan surplus", "unexpected extra argument"),
        ("-C nowhere plan", "does not exist"),
        ("apply --timeout 10", "is no duration; write 90s, 10m, 1h30m or 2d"),
        ("apply --parallelism 0", "0 is not in the range"),
        ("order", "Usage: reconciler order"),
        ("order show", "Missing argument 'ORDER'"),
        ("order fulfilled", "name one ORDER, or give --all"),
        ("order fulfilled 1 --all", "name one ORDER, or give --all"),
        ("order fulfilled --all --identifier a.example.com", "--identifier goes with one ORDER"),
        ("order challenges 1 --challenge-type dns", "'dns' is not one of"),
        ("order challenges 1 --identifier localhost", "a single label"),
        ("order list --within 59m", "a time from 1h to 168h is wanted"),
        ("order list --within 169h", "a time from 1h to 168h is wanted"),
        ("order list --within 8d", "a time from 1h to 168h is wanted"),
        ("order list --within 0s", "a time from 1h to 168h is wanted"),
    ],
)
def test_wrong_usage_ends_with_64(tree: Path, program: RunProgram, command_line: str, message: str) -> None:
    done = program(*command_line.split())
    assert done.code == 64
    assert message in done.err
    assert done.out == ""


@pytest.mark.parametrize("command_line", ["-h", "plan --help", "order fulfilled -h", "--version"])
def test_asking_for_help_is_no_error(program: RunProgram, command_line: str) -> None:
    done = program(*command_line.split())
    assert done.code == 0
    assert done.err == ""
