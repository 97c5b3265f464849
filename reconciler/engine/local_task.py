"""Work that needs no CA, as a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.problems import problem_of
from reconciler.engine.scheduler import Verdict
from reconciler.model import events
from reconciler.model.problem import OWN_ERROR, Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class LocalTask:
    """Does one thing, once."""

    gate = None

    def __init__(self, subject: str, act: Callable[[], events.Event], *, delivers: bool = False) -> None:
        """Take on `act`, which returns what to report; `subject` is reported where it fails."""
        self._subject = subject
        self._act = act
        self._delivers = delivers

    def run(self) -> Verdict:
        """Do it."""
        try:
            return Verdict((self._act(),))
        except Exception as error:  # noqa: BLE001 - one failure must not hold up the others
            return Verdict((self._failed(problem_of(error)),))

    def postponed(self, until: datetime) -> tuple[events.Event, ...]:
        """Return that there was no time for it."""
        return (self._failed(Problem(f"{OWN_ERROR}noTime", "the run's time was over"), until),)

    def _failed(self, problem: Problem, retry_at: datetime | None = None) -> events.Event:
        return events.ActionFailed(
            self._subject, problem, retry_at=retry_at, kind="delivery" if self._delivers else "certificate"
        )
