"""`Retry-After`, in both of its forms (RFC 9110 section 10.2.3, RFC 8555 section 6.6)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=1)
_SECONDS = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def retry_after(value: str | None, now: datetime) -> datetime | None:
    """Return the time that the header names.

    Args:
        value: the header's value: seconds or an HTTP-date; None where there is none.
        now: aware, UTC.

    Returns:
        An aware time from `now` to a day later (what lies outside is clamped: a CA's slip must not stop an
        order for ever); None where there is no header or it says nothing.
    """
    if value is None:
        return None
    wanted = _time(value.strip(), now)
    return None if wanted is None else min(max(wanted, now), now + LONGEST)


def _time(value: str, now: datetime) -> datetime | None:
    if _SECONDS.fullmatch(value):
        return now + min(timedelta(seconds=min(max(int(value), 0), 10**6)), LONGEST)
    try:
        date = parsedate_to_datetime(value)
        # A date without a zone, or with "-0000", is naive here; HTTP knows no other zone than UTC.
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
