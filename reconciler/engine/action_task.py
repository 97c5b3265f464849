"""One action as a task: where it needs the CA, tried again as long as that is away, within reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import errors
from reconciler.engine.pace import Pace
from reconciler.engine.problems import NO_TIME, problem_of
from reconciler.engine.task import Task, Verdict
from reconciler.model import events

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from reconciler.engine.clock import Clock
    from reconciler.model.problem import Problem


class ActionTask(Task):
    """Does one thing that may be repeated."""

    def __init__(
        self,
        subject: str,
        act: Callable[[], events.Event],
        clock: Clock,
        kind: events.ActionKind = "certificate",
    ) -> None:
        """Take on `act`, which returns what to report; `kind` and `subject` are reported where it fails."""
        self._subject = subject
        self._act = act
        self._clock = clock
        self._kind = kind
        self._pace = Pace()
        self._problem = NO_TIME

    def run(self) -> Verdict:
        """Do it, or say when to try again."""
        try:
            return Verdict((self._act(),))
        except errors.CAUnavailableError as error:
            self._problem = problem_of(error)
            again_at = self._pace.next_try(self._clock.now(), error)
            return Verdict(again_at=again_at) if again_at else Verdict((self._failed(self._problem),))
        except Exception as error:  # noqa: BLE001 - one failure must not hold up the others
            return Verdict((self._failed(problem_of(error)),))

    def postponed(self, until: datetime) -> tuple[events.Event, ...]:
        """Return that there was no time for it."""
        return (self._failed(self._problem, until),)

    def _failed(self, problem: Problem, retry_at: datetime | None = None) -> events.Event:
        return events.ActionFailed(self._subject, problem, retry_at=retry_at, kind=self._kind)
