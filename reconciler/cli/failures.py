"""The one place where an exception becomes a message and an exit code."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from reconciler import errors
from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.session import forget_stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from reconciler.cli.session import Session

_HINTS: tuple[tuple[type[errors.ReconcilerError], str], ...] = (
    (errors.StateLockedError, "wait until it has ended; the lock of a killed process is released by itself"),
    (
        errors.ClaimedError,
        "nothing was done; wait until it has ended, then `git pull`; if it cannot wait, remove that file",
    ),
    (errors.CAUnavailableError, "everything is saved: run the same command again later"),
    (errors.OldTreeError, "nothing was done; the pipeline of the newer commit does it, or check that out"),
    (errors.StalePlanError, "nothing was done; make a plan anew, and have that reviewed"),
    (
        errors.RecordError,
        "take the file back as it was, from Git or a backup; "
        "`reconciler state check` says what else does not fit",
    ),
    (errors.SecretError, "the tree only says where the secret is; put it there"),
    (
        errors.DeliveryError,
        "nothing is lost, the certificate is in the state: the next apply writes it again",
    ),
)

_CODES: tuple[tuple[type[errors.ReconcilerError], ExitCode], ...] = (
    (errors.StateLockedError, ExitCode.LOCKED),
    (errors.ClaimedError, ExitCode.LOCKED),
    (errors.StalePlanError, ExitCode.STALE_PLAN),
)


class TerminatedError(BaseException):
    """SIGTERM, where nothing is to be saved any more."""


def run_guarded(session: Session, command: Callable[[], object]) -> int:
    """Run a command; whatever comes out of it, return an exit code for it."""
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        code = command()
        if sys.stdout is not None:
            sys.stdout.flush()
        return int(code) if isinstance(code, int) else ExitCode.DONE
    except BrokenPipeError:
        forget_stream(sys.stdout)
        return ExitCode.ERROR
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except TerminatedError:
        return ExitCode.TERMINATED
    except click.UsageError as error:
        error.show()
        return ExitCode.USAGE
    except Exception as error:  # noqa: BLE001 - here every error ends
        code = _failed(session, error)
        _let_go()
        return code
    finally:
        signal.signal(signal.SIGTERM, previous)


def _failed(session: Session, error: Exception) -> int:
    if isinstance(error, errors.InvalidTreeError):
        show_findings(session, error)
        return ExitCode.INVALID_OR_DENIED
    _say(session, *explained(error))
    if session.verbose:
        import traceback  # what it needs is slow to import

        session.say("".join(traceback.format_exception(error)))
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.ERROR)


def _let_go() -> None:
    """Forget what cannot be written: Python would try once more, and end with a code of its own."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        forget_stream(sys.stdout)


def explained(error: Exception) -> tuple[str, str | None]:
    """Return what has gone wrong, and what to do about it as far as the message does not say it."""
    match error:
        case errors.ProblemError(problem=problem):
            from reconciler.render.wording.orders import advice_for, problem_text

            return problem_text(problem), "; ".join(advice_for(problem)) or None
        case errors.ReconcilerError():
            return str(error), next((hint for kind, hint in _HINTS if isinstance(error, kind)), None)
        case click.ClickException():
            return error.format_message(), None
        case OSError():
            return f"{error.filename}: {error.strerror}" if error.filename else str(error), None
        case _:
            return (
                f"this is a fault of reconciler: {type(error).__name__}: {error}",
                "please report it, with what the same command says with `reconciler -v`",
            )


def show_findings(session: Session, error: errors.InvalidTreeError) -> None:
    """Print what is wrong in a tree, in the form that the command was to print."""
    if session.is_json:
        from reconciler.render.documents import dump
        from reconciler.render.validation import validation_document

        session.write(dump(validation_document(error.findings)))
    else:
        from reconciler.render.findings import render_findings

        session.say(render_findings(error.findings, color=session.message_color))


def _say(session: Session, message: str, hint: str | None = None) -> None:
    from reconciler.render.text import Paint, clean

    paint = Paint(session.message_color)
    session.say(f"{paint.bad('error:')} {clean(message)}\n")
    if hint:
        session.say(f"{paint.strong('hint:')} {hint}\n")


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    raise TerminatedError
