from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from reconciler.cli.main import run
from tests.acceptance.trees import write_tree
from tests.unit.render.output_schemas import check

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Completed:
    """What a run of the program said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The output as JSON, checked against its schema."""
        document: dict[str, Any] = json.loads(self.out)
        check(document)
        return document


class RunProgram(Protocol):
    def __call__(self, *arguments: str) -> Completed: ...


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a valid tree of one certificate; the program runs in it."""
    monkeypatch.chdir(tmp_path)
    return write_tree(tmp_path)


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> RunProgram:
    """Return a function that runs one command line in this process."""

    def run_program(*arguments: str) -> Completed:
        capsys.readouterr()
        code = run(arguments)
        shown = capsys.readouterr()
        return Completed(code, shown.out, shown.err)

    return run_program
