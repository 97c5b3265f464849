"""Waiting for the state's lock."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.recording import open_recorder
from reconciler.errors import StateLockedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.engine.recorder import Recorder

_LOOK_AGAIN = 0.5  # seconds


@contextmanager
def locked(session: Session, workspace: Workspace, command: str, timeout: timedelta) -> Iterator[Recorder]:
    """Hold the lock of the state; wait for whoever holds it, up to `timeout`.

    Yields:
        what writes down what is done; that the run has ended is written at the end, unless it is before.

    Raises:
        StateLockedError: it is held by another run still; says by which.
        StateError: the state directory cannot be made or written.
    """
    until = session.clock.monotonic() + timeout.total_seconds()
    with ExitStack() as stack:
        told = False
        while True:
            try:
                stack.enter_context(workspace.store.lock(command, session.clock.now()))
                break
            except StateLockedError as error:
                if session.clock.monotonic() >= until:
                    raise
                if not told:
                    session.say(f"{error}; waiting for it\n")
                told = True
            session.clock.sleep(_LOOK_AGAIN)
        log = open_recorder(session, workspace, command)
        try:
            yield log
        except BaseException:
            log.end(ExitCode.ERROR)
            raise
        log.end(ExitCode.DONE)
