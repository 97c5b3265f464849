"""Carrying out a plan: progress while it lasts, the result at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.recording import origins_of
from reconciler.cli.signals import say_at_once, stop_on_signals
from reconciler.model.events import ApplyResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.engine.options import ApplyOptions
    from reconciler.engine.recorder import Recorder
    from reconciler.engine.work import Workplace
    from reconciler.model.events import Event
    from reconciler.plan.actions import Plan
    from reconciler.render.progress import Progress


def show_plan(session: Session, workspace: Workspace, plan: Plan) -> None:
    """Show people what is about to be done."""
    if not session.is_json:
        from reconciler.render.findings import render_findings
        from reconciler.render.plan_text import render_plan
        from reconciler.render.shown import ShownPlan

        session.say(render_findings(workspace.desired.warnings, color=session.message_color))
        text = render_plan(ShownPlan(plan), color=session.color, width=session.width)
        session.write(text + ("\n" if plan.has_changes else ""))


def carry_out(
    session: Session,
    workspace: Workspace,
    place: Workplace,
    plan: Plan,
    options: ApplyOptions,
    log: Recorder,
    *,
    detailed_exitcode: bool,
) -> int:
    """Do what a plan says, write it down, and show what became of it; return the exit code.

    The lock must be held, since before the plan was made. A plan that passes a limit is not even begun.
    """
    if plan.passed_limits:
        return _refuse(session, plan)
    result, signal_code = (
        _apply(session, workspace, place, plan, options, log) if plan.has_changes else (ApplyResult(), 0)
    )
    exit_code = _exit_code(plan, result, signal_code, detailed_exitcode=detailed_exitcode)
    log.end(exit_code)
    _show(session, workspace, plan, result)
    return exit_code


def _exit_code(plan: Plan, result: ApplyResult, signal_code: int, *, detailed_exitcode: bool) -> int:
    if result.stopped and signal_code:
        return signal_code
    if result.failed or plan.flawed:
        return ExitCode.SOME_FAILED
    if plan.denied:
        return ExitCode.INVALID_OR_DENIED
    waiting = result.is_waiting or plan.waits
    return ExitCode.WAITING if detailed_exitcode and waiting else ExitCode.DONE


def _refuse(session: Session, plan: Plan) -> int:
    if session.is_json:
        from reconciler.render.documents import dump
        from reconciler.render.result_json import result_document

        session.write(dump(result_document(plan, ApplyResult())))
    else:
        from reconciler.render.wording.safety import refused_text

        session.say(f"{refused_text(plan.passed_limits)}\n")
    return ExitCode.LIMIT_PASSED


def _apply(
    session: Session,
    workspace: Workspace,
    place: Workplace,
    plan: Plan,
    options: ApplyOptions,
    log: Recorder,
) -> tuple[ApplyResult, int]:
    from reconciler.challenges.program import kill_all
    from reconciler.engine.runner import run_plan

    progress, notify = _progress(session, len(plan.actions))

    def report(told: Sequence[Event]) -> None:
        log.take(told)
        for event in told:
            progress.report(event)

    place = replace(place, origins=origins_of(session, workspace, plan, log))
    log.know(plan, place.origins)
    with stop_on_signals(notify, at_last=kill_all) as stop, progress:
        result = run_plan(plan, place, workspace.desired.accounts, options, report, stop.event)
    return result, stop.exit_code if stop.number else 0


def _progress(session: Session, total: int) -> tuple[Progress, Callable[[str], None]]:
    """Return what shows the progress, and what tells the user that a signal has come."""
    from reconciler.render.progress import LiveProgress, PlainProgress

    if not session.is_live:
        return PlainProgress(session.say, verbose=session.verbose), say_at_once
    from rich.console import Console

    console = Console(stderr=True, no_color=not session.message_color)
    live = LiveProgress(total, console, session.clock.monotonic)
    return live, live.notice


def _show(session: Session, workspace: Workspace, plan: Plan, result: ApplyResult) -> None:
    if session.is_json:
        from reconciler.render.documents import dump
        from reconciler.render.result_json import result_document

        session.write(dump(result_document(plan, result)))
    elif plan.has_changes:
        from reconciler.render.result_text import render_result

        text = render_result(
            result,
            now=session.clock.now(),
            instructions_folder=workspace.instructions_folder,
            color=session.color,
        )
        session.write(text)
