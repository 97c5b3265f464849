"""One thing that needs the CA, as a task: tried again as long as the CA is away, within reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from reconciler import errors
from reconciler.engine.pace import Pace
from reconciler.engine.problems import problem_of
from reconciler.engine.scheduler import Verdict
from reconciler.model import events
from reconciler.model.problem import OWN_ERROR, Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from reconciler.engine.clock import Clock


class CATask:
    """Does one thing that may be repeated."""

    gate = None

    def __init__(
        self,
        subject: str,
        act: Callable[[], events.Event],
        clock: Clock,
        kind: Literal["account", "certificate"] = "certificate",
    ) -> None:
        """Take on `act`, which returns what to report; `kind` and `subject` are reported where it fails."""
        self._subject = subject
        self._act = act
        self._clock = clock
        self._kind = kind
        self._pace = Pace()
        self._problem = Problem(f"{OWN_ERROR}noTime", "the run's time was over")

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
