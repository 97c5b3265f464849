"""When a certificate is to be renewed, seen from its own dates."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

_SHORT_LIVED = timedelta(days=10)
# RFC 9773 sections 4.3.2 and 4.3.3.
_SOONEST_CHECK, _LATEST_CHECK = timedelta(minutes=1), timedelta(days=1)
_ASK_AGAIN = timedelta(hours=6)


class RenewalRule(Struct, frozen=True):
    """`renew: {before: ...}`; exactly one of the two is set.

    Attributes:
        fraction: of the lifetime, 0 to 1, that is left when renewal becomes due.
        duration: that is left when renewal becomes due.
    """

    fraction: float | None = None
    duration: timedelta | None = None


class RenewalWindow(Struct, frozen=True):
    """When the CA suggests that a certificate is renewed (RFC 9773 section 4.2).

    Attributes:
        start, end: of the window; the end is later than the start.
        explanation_url: where the CA says why, for people.
    """

    start: datetime
    end: datetime
    explanation_url: str | None = None

    def moment(self, fraction: float) -> datetime:
        """Return a moment in the window: at its start for 0, at its end for 1; whole seconds."""
        return (self.start + (self.end - self.start) * fraction).replace(microsecond=0)


class RenewalInfo(Struct, frozen=True):
    """What is known of when the CA wants a certificate renewed (RFC 9773).

    Attributes:
        next_check: not before this is the CA asked again.
        window: None as long as the CA has not named a usable one.
        selected_time: the moment in the window, drawn at random once and kept; None without a window.
    """

    next_check: datetime
    window: RenewalWindow | None = None
    selected_time: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Say whether the CA is to be asked again; a date beyond a day is from a clock that was wrong."""
        return not now < self.next_check <= now + _LATEST_CHECK

    def until_tomorrow(self, now: datetime) -> RenewalInfo:
        """Return the same, with a day until the next check."""
        return replace(self, next_check=now + _LATEST_CHECK)


def renewal_info_after(
    before: RenewalInfo | None,
    window: RenewalWindow | None,
    retry_after: datetime | None,
    now: datetime,
    fraction: float,
) -> RenewalInfo:
    """Return what is known once the CA has been asked, or could not be (RFC 9773 section 4).

    Args:
        before: what was known.
        window: what the CA has answered; None where it could not be asked, or made no sense: then what was
            known stays.
        retry_after: when the CA wants to be asked again; it is clamped to 1 minute and 1 day from now.
        now: the time.
        fraction: a random number from 0 to 1, for the moment in the window. It is used only where the window
            is another one than before: the moment is drawn once.
    """
    next_check = now + _ASK_AGAIN if retry_after is None else retry_after
    next_check = min(max(next_check, now + _SOONEST_CHECK), now + _LATEST_CHECK)
    if window is None:
        window, selected = (before.window, before.selected_time) if before else (None, None)
    elif before and before.window and (before.window.start, before.window.end) == (window.start, window.end):
        selected = before.selected_time
    else:
        selected = window.moment(fraction)
    return RenewalInfo(next_check, window, selected)


def renewal_due_at(
    not_before: datetime, not_after: datetime, rule: RenewalRule | None, info: RenewalInfo | None = None
) -> datetime:
    """Return the moment from which a certificate is to be renewed.

    What the CA says goes before the rule, as long as it is a time at which the certificate is still valid.
    Without either: when a third of the lifetime is left, or half of it for lifetimes under 10 days, as the
    large CAs recommend. A duration longer than the lifetime would make every run renew: it counts as the
    default.
    """
    if info is not None and info.selected_time is not None and info.selected_time < not_after:
        return info.selected_time
    lifetime = not_after - not_before
    if rule is not None and rule.duration is not None and rule.duration < lifetime:
        return not_after - rule.duration
    if rule is not None and rule.fraction is not None:
        return not_after - lifetime * rule.fraction
    return not_after - lifetime / (2 if lifetime < _SHORT_LIVED else 3)
