from __future__ import annotations

import json
import os
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.cli.carry_out import carry_out, show_plan
from reconciler.cli.locking import locked
from reconciler.cli.session import OutputFormat, Session
from reconciler.cli.workspace import Workspace
from reconciler.engine.options import ApplyOptions
from reconciler.model.desired import Desired
from reconciler.model.events import ApplyResult
from reconciler.plan.actions import Plan
from tests.unit.render.output_schemas import check
from tests.unit.render.samples import EVENTS, PLAN, RESULT
from tests.unit.values import NOW

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from reconciler.engine.work import Workplace
    from reconciler.model.account import AccountSpec
    from reconciler.model.events import Event

ALLOWED = replace(PLAN, denied=(), denied_certificates=())
HELD = Plan(NOW, held_back=PLAN.held_back[1:2])
HELD_KEY = Plan(NOW, held_keys=PLAN.held_keys)
NOTHING_HELD = replace(ALLOWED, held_back=(), held_keys=())
WAITING = ApplyResult(awaiting_people=RESULT.awaiting_people)


class FakeEngine:
    """Stands for `run_plan`: reports all events, does `work`, and returns `result`."""

    def __init__(self) -> None:
        self.result = ApplyResult()
        self.work: Callable[[], object] = lambda: None
        self.calls: list[tuple[Plan, Workplace, ApplyOptions]] = []

    def __call__(
        self,
        plan: Plan,
        place: Workplace,
        accounts: Mapping[str, AccountSpec],
        options: ApplyOptions,
        report: Callable[[Sequence[Event]], None],
        stop: threading.Event,
    ) -> ApplyResult:
        self.calls.append((plan, place, options))
        report([event for event, _ in EVENTS])
        self.work()
        return replace(self.result, stopped=stop.is_set())


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    fake = FakeEngine()
    monkeypatch.setattr("reconciler.engine.runner.run_plan", fake)
    return fake


def apply(folder: Path, plan: Plan, *, session: Session | None = None, detailed: bool = False) -> int:
    workspace = Workspace(folder, Desired())
    session = session or Session()
    show_plan(session, workspace, plan)
    with (
        locked(session, workspace, "reconciler apply", timedelta()) as log,
        workspace.workplace(session.clock) as place,
    ):
        return carry_out(session, workspace, place, plan, ApplyOptions(), log, detailed_exitcode=detailed)


@pytest.mark.parametrize(
    ("plan", "result", "detailed", "code"),
    [
        (ALLOWED, ApplyResult(), False, 0),
        (NOTHING_HELD, ApplyResult(), True, 0),
        (ALLOWED, WAITING, False, 0),
        (NOTHING_HELD, WAITING, True, 3),
        (NOTHING_HELD, ApplyResult(waiting_for_ca=RESULT.waiting_for_ca), True, 3),
        (HELD, ApplyResult(), False, 0),
        (HELD, ApplyResult(), True, 3),
        (HELD_KEY, ApplyResult(), True, 3),
        (ALLOWED, RESULT, True, 4),
        (PLAN, ApplyResult(), False, 5),
        (PLAN, RESULT, False, 4),
    ],
)
def test_exit_codes(
    tmp_path: Path, engine: FakeEngine, plan: Plan, result: ApplyResult, detailed: bool, code: int
) -> None:
    engine.result = result
    assert apply(tmp_path, plan, detailed=detailed) == code


def test_what_is_shown(tmp_path: Path, engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.result = WAITING
    apply(tmp_path, ALLOWED)
    shown = capsys.readouterr()
    assert shown.out.startswith("  + register account ca\n")
    assert f"file      {tmp_path}/state/challenges/" in shown.out
    assert shown.out.endswith("Apply: 1 waiting for people.\n")
    assert "\naccount ca: registered as https://ca.test/account/1\n" in shown.err
    assert shown.err.endswith("\n\n")


def test_programs_get_one_document(
    tmp_path: Path, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.result = RESULT
    assert apply(tmp_path, PLAN, session=Session(output_format=OutputFormat.JSON)) == 4
    document = json.loads(capsys.readouterr().out)
    check(document)
    assert document["kind"] == "apply"
    assert document["summary"]["failed"] == 2


def test_nothing_to_do_asks_nothing_of_the_engine(
    tmp_path: Path, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert apply(tmp_path, Plan(NOW, unchanged=2)) == 0
    shown = capsys.readouterr()
    assert engine.calls == []
    assert shown.out == "No changes. 2 certificates are as the tree wants them.\n"
    assert shown.err == ""


def test_nothing_to_do_for_programs(
    tmp_path: Path, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    apply(tmp_path, Plan(NOW, unchanged=2), session=Session(output_format=OutputFormat.JSON))
    document = json.loads(capsys.readouterr().out)
    check(document)
    assert document["plan"]["summary"]["unchanged"] == 2
    assert engine.calls == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_the_run(
    tmp_path: Path, engine: FakeEngine, number: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.work = lambda: os.kill(os.getpid(), number)
    assert apply(tmp_path, ALLOWED) == code
    assert "Stopped before the end; everything is saved, and" in capsys.readouterr().out
