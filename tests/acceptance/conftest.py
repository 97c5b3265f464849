from __future__ import annotations

import datetime as dt
import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from msgspec.structs import replace

from reconciler.cli.main import run
from tests.acceptance.trees import write_tree
from tests.engine.rig import Rig
from tests.unit.render.output_schemas import check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.engine.clock import Clock
    from reconciler.engine.work import Workplace


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


@pytest.fixture
def rig(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """Return a rig whose state is the tree's, and whose CA the program talks to."""
    rig = Rig(tree)
    rig.clock.sleep((dt.datetime.now(dt.UTC) - rig.clock.now()).total_seconds())

    @contextmanager
    def open_workplace(*arguments: object, **_: object) -> Iterator[Workplace]:
        clock: Clock = arguments[4]  # type: ignore[assignment]
        yield replace(rig.place(), clock=clock)

    monkeypatch.setattr("reconciler.engine.workplace.open_workplace", open_workplace)
    return rig
