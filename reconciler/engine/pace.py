"""How fast a task goes on: how long to wait where the CA does not say, and when to give up for this run."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.errors import CAUnavailableError

_RETRY_FAILED_ORDER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(minutes=100), timedelta(days=1))
_MOST_FAILURES_IN_A_ROW = 5
_MOST_LOOKS_AT_ONCE = 5
_RATE_LIMITED = timedelta(minutes=1)


def before_next_order(attempt: int) -> timedelta:
    """Return how long to leave a certificate alone after its `attempt`-th order in a row failed."""
    return _RETRY_FAILED_ORDER[min(attempt, len(_RETRY_FAILED_ORDER)) - 1]


def is_rate_limit(error: CAUnavailableError) -> bool:
    """Say whether the CA has told us to come back later (RFC 8555 section 6.6), rather than been away."""
    return error.problem is not None and error.problem.code == "rateLimited"


class Pace:
    """Counts how often in a row there was nothing new, and how often in a row a request was not served."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._looks = 0
        self._failures = 0

    def advanced(self) -> None:
        """Begin anew: something has moved."""
        self._looks = self._failures = 0

    def served(self) -> None:
        """Take note that the CA has answered."""
        self._failures = 0

    def goes_round(self) -> bool:
        """Say whether the CA sends us from request to request without end; then it is better to wait."""
        self._looks += 1
        return self._looks > _MOST_LOOKS_AT_ONCE

    def next_look(self, now: datetime, not_before: datetime | None) -> datetime:
        """Return when to ask again whether the CA has come further.

        Args:
            now: the time.
            not_before: what the CA has said about that; without, after 0.25 s, 0.5 s and so on to 10 s.
        """
        if not_before is not None:
            return max(not_before, now + timedelta(seconds=0.25))
        self._looks += 1
        return now + timedelta(seconds=min(0.25 * 2 ** (self._looks - 1), 10.0))

    def next_try(self, now: datetime, error: CAUnavailableError) -> datetime | None:
        """Return when to send a request again that was not served; None to give it up for this run.

        Without a word of the CA's: after 1 s, 2 s and so on, and not a sixth time; after a minute, two and so
        on where it was a rate limit.
        """
        self._failures += 1
        factor = 2.0 ** (self._failures - 1)
        if is_rate_limit(error):
            wait = _RATE_LIMITED * factor
        elif self._failures >= _MOST_FAILURES_IN_A_ROW and error.retry_after is None:
            return None
        else:
            wait = timedelta(seconds=min(factor, 60.0))
        return error.retry_after if error.retry_after and error.retry_after > now else now + wait
