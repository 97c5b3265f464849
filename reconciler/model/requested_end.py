"""When a certificate is to end, where its requester says so (`notAfter`, RFC 8555 section 7.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import Struct


class RequestedEnd(Struct, frozen=True):
    """`not_after`; exactly one of the two is set.

    Attributes:
        after: so long after it is ordered; whole minutes.
        moment: at this time; aware, whole seconds.
    """

    after: timedelta | None = None
    moment: datetime | None = None

    def at(self, now: datetime) -> datetime:
        """Return the time to order with, if it is ordered `now`."""
        if self.moment is not None:
            return self.moment
        # The CA's answer has whole seconds.
        return (now + (self.after or timedelta())).replace(microsecond=0)

    def __str__(self) -> str:
        """Return the text that `parse_requested_end` reads: `30d`, `36h`, `2027-01-31T00:00:00Z`."""
        if self.moment is not None:
            return self.moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
        minutes = (self.after or timedelta()) // timedelta(minutes=1)
        for unit, size in (("d", 1440), ("h", 60)):
            if minutes % size == 0:
                return f"{minutes // size}{unit}"
        return f"{minutes}m"
