"""Time as the engine sees it; handed in, so that tests decide what time it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    """The time of day, a steady time for measuring how long something takes, and waiting."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that only grow."""

    def sleep(self, seconds: float) -> None:
        """Wait that long, or less: until the run is to stop."""
