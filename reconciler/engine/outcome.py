"""What a run has come to, gathered from its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from reconciler.model import events

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

E = TypeVar("E")


class Outcomes:
    """Passes events on, and remembers of each subject the one that tells how it ended."""

    def __init__(self, report: Callable[[Sequence[events.Event]], None]) -> None:
        """Pass events on to `report`."""
        self._report = report
        self._last: dict[tuple[str, ...], events.Event] = {}
        self._left_behind: list[events.CleanUpFailed] = []
        self._other_chains: list[events.ChainNotOffered] = []

    def take(self, told: Sequence[events.Event]) -> None:
        """Take note of events, and pass them on; one that only repeats the last of its subject is dropped."""
        news = [event for event in told if self._is_news(event)]
        if news:
            self._report(news)

    def _is_news(self, event: events.Event) -> bool:
        if isinstance(event, events.ChallengeUnseen):
            pass
        elif isinstance(event, events.CleanUpFailed):
            self._left_behind.append(event)
        elif isinstance(event, events.ChainNotOffered):
            self._other_chains.append(event)
        elif self._last.get(_subject(event)) == event:
            return False
        else:
            self._last[_subject(event)] = event
        return True

    def unsettled(self) -> set[str]:
        """Return the names of the certificates that failed, or wait for something."""
        unsettled = (events.ActionFailed, events.OrderPostponed, events.OrderAwaitsPeople)
        return {subject[1] for subject, event in self._last.items() if isinstance(event, unsettled)}

    def result(self, *, stopped: bool) -> events.ApplyResult:
        """Return how the run ended."""
        return events.ApplyResult(
            reencrypted=self._all(events.KeysReencrypted),
            registered=self._all(events.AccountRegistered),
            updated=self._all(events.AccountUpdated),
            rotated=self._all(events.KeyRotated),
            deactivated=self._all(events.AccountDeactivated),
            issued=self._all(events.CertificateIssued),
            revoked=self._all(events.CertificateRevoked),
            delivered=self._all(events.CertificateDelivered),
            forgotten=self._all(events.CertificateForgotten),
            abandoned=self._all(events.OrderAbandoned),
            failed=self._all(events.ActionFailed),
            awaiting_people=self._all(events.OrderAwaitsPeople),
            waiting_for_ca=self._all(events.OrderPostponed),
            cleaned_up=self._all(events.CleanedUp),
            left_behind=tuple(self._left_behind),
            under_way=self._all(events.OrderAdvanced) if stopped else (),
            other_chains=tuple(self._other_chains),
            stopped=stopped,
        )

    def _all(self, kind: type[E]) -> tuple[E, ...]:
        last = (self._last[key] for key in sorted(self._last))
        return tuple(event for event in last if isinstance(event, kind))


def _subject(event: events.Event) -> tuple[str, ...]:
    match event:
        # One account may be registered, updated and given another key in one run, and fail in several ways.
        case (
            events.AccountRegistered()
            | events.AccountUpdated()
            | events.KeyRotated()
            | events.AccountDeactivated()
        ):
            return ("account", event.account, type(event).__name__)
        case events.ActionFailed(kind="account"):
            return (event.kind, event.subject, event.problem.type)
        case events.CertificateRevoked():
            return ("certificate", event.certificate, event.order_id, "revoked")
        case events.ActionFailed():
            return (event.kind, event.subject)
        case events.CertificateDelivered():
            # Files are delivered beside whatever becomes of an order for the same certificate.
            return ("delivery", event.certificate)
        case events.KeysReencrypted():
            return ("keys",)
        case events.CleanedUp():
            return ("cleanup", event.order_id)
        case _:
            return ("certificate", event.certificate)
