"""Doing one thing with a CA at once: tried again while the CA is away, for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from reconciler.engine.pace import Pace
from reconciler.errors import CAUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.cli.session import Session

T = TypeVar("T")

_LONGEST_WAIT = 30.0  # seconds; who waits for longer can run the command again


def with_retries(session: Session, act: Callable[[], T]) -> T:
    """Return what `act` returns; it may be repeated.

    Raises:
        CAUnavailableError: the CA has not served it, several times, or wants to be left alone for longer.
    """
    pace = Pace()
    while True:
        try:
            return act()
        except CAUnavailableError as error:
            now = session.clock.now()
            again_at = pace.next_try(now, error)
            wait = (again_at - now).total_seconds() if again_at else None
            if wait is None or wait > _LONGEST_WAIT:
                raise
            session.say(f"{error}; trying again in {wait:.0f} s\n")
            session.clock.sleep(wait)
