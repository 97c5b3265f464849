"""How far a run of `apply` has come: what its events add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from msgspec import Struct, field

from reconciler.model import events as happened
from reconciler.render.text import stopwatch_text
from reconciler.render.wording.events import event_text, subject_of

if TYPE_CHECKING:
    from reconciler.model.events import Event


class Tally(Struct):
    """Counts, and what each running order is doing.

    Attributes:
        total: how many actions there are.
        running: what each subject is doing; the one that began first is first.
        notice: something to say besides.
    """

    total: int
    done: int = 0
    waiting: int = 0
    failed: int = 0
    running: dict[str, str] = field(default_factory=dict)
    notice: str = ""

    def add(self, event: Event) -> None:
        """Take an event into account."""
        subject = subject_of(event)
        match event:
            case happened.OrderAdvanced() | happened.OrderPostponed() | happened.ChallengeUnseen():
                self.running[subject] = event_text(event)
                return
            case happened.CleanUpFailed() | happened.ChainNotOffered():
                self.notice = f"{subject}: {event_text(event)}"
                return
            case happened.OrderAwaitsPeople():
                self.waiting += 1
            case happened.ActionFailed():
                self.failed += 1
            case (
                happened.KeysReencrypted()
                | happened.AccountRegistered()
                | happened.AccountUpdated()
                | happened.KeyRotated()
                | happened.AccountDeactivated()
                | happened.CertificateRevoked()
                | happened.CertificateIssued()
                | happened.CertificateDelivered()
                | happened.CertificateForgotten()
                | happened.OrderAbandoned()
                | happened.CleanedUp()
            ):
                self.done += 1
            case _:
                assert_never(event)
        self.running.pop(subject, None)

    def lines(self, height: int, elapsed: float) -> list[str]:
        """Return what to show, in at most `height` lines."""
        counts = f"{self.done} of {self.total} done, {self.waiting} waiting, {self.failed} failed"
        lines = [f"Applying ({stopwatch_text(elapsed)}): {counts}", *([self.notice] if self.notice else [])]
        running = list(self.running.items())
        room = max(height - len(lines), 0)
        shown = running if len(running) <= room else running[: max(room - 1, 0)]
        width = max((len(subject) for subject, _ in shown), default=0)
        lines += [f"  {subject.ljust(width)}  {text}" for subject, text in shown]
        if len(shown) < len(running) and room:
            lines.append(f"  ... and {len(running) - len(shown)} more")
        return lines[:height]
