"""When a certificate is to be renewed, seen from its own dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_SHORT_LIVED = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class RenewalRule:
    """`renew: {before: ...}`; exactly one of the two is set.

    Attributes:
        fraction: of the lifetime, 0 to 1, that is left when renewal becomes due.
        duration: that is left when renewal becomes due.
    """

    fraction: float | None = None
    duration: timedelta | None = None


def renewal_due_at(not_before: datetime, not_after: datetime, rule: RenewalRule | None) -> datetime:
    """Return the moment from which a certificate is to be renewed.

    Without a rule: when a third of the lifetime is left, or half of it for lifetimes under 10 days, as the
    large CAs recommend. A duration longer than the lifetime would make every run renew: it counts as the
    default.
    """
    lifetime = not_after - not_before
    if rule is not None and rule.duration is not None and rule.duration < lifetime:
        return not_after - rule.duration
    if rule is not None and rule.fraction is not None:
        return not_after - lifetime * rule.fraction
    return not_after - lifetime / (2 if lifetime < _SHORT_LIVED else 3)
