"""A clock that moves only when somebody waits."""

from __future__ import annotations

import datetime as dt
import threading


class FakeClock:
    """Starts at noon of a day in 2026."""

    def __init__(self) -> None:
        self._now = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
        self._slept = 0.0
        self._lock = threading.Lock()

    def now(self) -> dt.datetime:
        return self._now

    def monotonic(self) -> float:
        return self._slept

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._slept += seconds
            self._now += dt.timedelta(seconds=seconds)

    def advance(self, **by: float) -> None:
        """Let time pass: `advance(days=3)`."""
        self.sleep(dt.timedelta(**by).total_seconds())

    def suspend(self, **by: float) -> None:
        """Let time pass on the wall alone, as for a machine that sleeps."""
        self._now += dt.timedelta(**by)
