"""How long to wait where the CA does not say."""

from __future__ import annotations

from datetime import timedelta

_RETRY_FAILED_ORDER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(minutes=100), timedelta(days=1))
MOST_FAILURES_IN_A_ROW = 5
"""So often is a request tried that cannot be served (no connection, 5xx) before the run gives it up."""


def before_next_order(attempt: int) -> timedelta:
    """Return how long to leave a certificate alone after its `attempt`-th order in a row failed."""
    return _RETRY_FAILED_ORDER[min(attempt, len(_RETRY_FAILED_ORDER)) - 1]


def before_next_look(looks: int) -> timedelta:
    """Return how long to wait before looking again, after `looks` times: 0.25 s to 10 s."""
    return timedelta(seconds=min(0.25 * 2**looks, 10.0))


def before_next_try(failures: int) -> timedelta:
    """Return how long to wait after the `failures`-th failed request in a row: 1 s to 1 min."""
    return timedelta(seconds=min(2.0 ** (failures - 1), 60.0))
