from __future__ import annotations

import json
import os
import signal

import click
import pytest

from reconciler import errors
from reconciler.cli.failures import run_guarded
from reconciler.cli.session import OutputFormat, Session
from reconciler.model.finding import Finding, Location
from reconciler.model.problem import Problem
from tests.unit.render.output_schemas import check

FINDING = Finding(
    "unknown-field", "no field `nme`", Location("accounts/a.yaml", 1, 1), hint="did you mean `name`?"
)


def failing(error: BaseException, session: Session | None = None) -> int:
    def command() -> None:
        raise error

    return run_guarded(session or Session(), command)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ReconcilerError("x"), 1),
        (errors.StateError("x"), 1),
        (errors.ProblemError(Problem("urn:x")), 1),
        (errors.InvalidTreeError([FINDING]), 5),
        (errors.SavedPlanError("x"), 1),
        (errors.StalePlanError("x"), 6),
        (errors.StateLockedError("someone"), 7),
        (click.UsageError("x"), 64),
        (click.BadParameter("x"), 64),
        (click.ClickException("x"), 1),
        (click.Abort(), 130),
        (KeyboardInterrupt(), 130),
        (OSError(28, "No space left on device", "/full"), 1),
        (ZeroDivisionError("x"), 1),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, BaseException) else None,
)
def test_each_error_has_its_exit_code(error: BaseException, code: int) -> None:
    assert failing(error) == code


def test_what_a_command_returns_is_the_exit_code() -> None:
    assert run_guarded(Session(), lambda: 3) == 3
    assert run_guarded(Session(), lambda: None) == 0


def test_a_message_comes_with_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    failing(errors.StateLockedError("`reconciler apply` of me@here, process 7"))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(
        "error: the state is locked by `reconciler apply` of me@here, process 7\nhint: wait"
    )


def test_a_message_cannot_forge_lines(capsys: pytest.CaptureFixture[str]) -> None:
    failing(errors.ReconcilerError("bad\n::error::forged\x1b[2J"))
    assert capsys.readouterr().err == "error: bad\\n::error::forged\\x1b[2J\n"


def test_findings_are_shown_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    failing(errors.InvalidTreeError([FINDING]))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "accounts/a.yaml:1:1: error: no field `nme` [unknown-field]" in shown.err


def test_findings_are_shown_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    failing(errors.InvalidTreeError([FINDING]), Session(output_format=OutputFormat.JSON))
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    check(document)
    assert not document["valid"]
    assert document["findings"][0]["code"] == "unknown-field"
    assert shown.err == ""


def test_a_bug_is_said_to_be_one_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    failing(ZeroDivisionError("by zero"))
    shown = capsys.readouterr().err
    assert shown.startswith(
        "error: this is a fault of reconciler: ZeroDivisionError: by zero\nhint: please report it"
    )
    assert "Traceback" not in shown


def test_verbose_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    failing(ZeroDivisionError("by zero"), Session(verbose=True))
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_sigterm_ends_a_command_that_has_nothing_to_save() -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert run_guarded(Session(), lambda: os.kill(os.getpid(), signal.SIGTERM)) == 143
    assert signal.getsignal(signal.SIGTERM) == before
