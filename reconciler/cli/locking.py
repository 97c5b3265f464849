"""Waiting for the state's lock."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from reconciler.errors import StateLockedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from reconciler.cli.session import Session
    from reconciler.store import Store

_LOOK_AGAIN = 0.5  # seconds


@contextmanager
def locked(session: Session, store: Store, command: str, timeout: timedelta) -> Iterator[None]:
    """Hold the lock of the state; wait for whoever holds it, up to `timeout`.

    Raises:
        StateLockedError: it is held by another run still; says by which.
        StateError: the state directory cannot be made or written.
    """
    until = session.clock.monotonic() + timeout.total_seconds()
    with ExitStack() as stack:
        told = False
        while True:
            try:
                stack.enter_context(store.lock(command, session.clock.now()))
                break
            except StateLockedError as error:
                if session.clock.monotonic() >= until:
                    raise
                if not told:
                    session.say(f"{error}; waiting for it\n")
                told = True
            session.clock.sleep(_LOOK_AGAIN)
        yield
