"""Work that needs no CA, as a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.problems import problem_of
from reconciler.engine.scheduler import Verdict
from reconciler.model import events
from reconciler.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class LocalTask:
    """Does one thing, once."""

    gate = None

    def __init__(self, subject: str, act: Callable[[], events.Event]) -> None:
        """Take on `act`, which returns what to report; `subject` is reported where it fails."""
        self._subject = subject
        self._act = act

    def run(self) -> Verdict:
        """Do it."""
        try:
            return Verdict((self._act(),))
        except Exception as error:  # noqa: BLE001 - one failure must not hold up the others
            return Verdict((events.ActionFailed(self._subject, problem_of(error)),))

    def postpone(self, until: datetime) -> events.Event:
        """Never asked: this never waits."""
        return events.ActionFailed(self._subject, Problem("about:blank"), retry_at=until)
