"""A deadline for everything that one thread does for a request.

It is kept per thread, not per connection, because TLS sockets are made by the `ssl` module, which hands
nothing on to them, and because waiting for a nonce counts as well. One request runs in one thread, from the
first wait to the last byte of the body.
"""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 86_400.0
"""No limit, for those who want a number."""


class _Current(threading.local):
    at: float = math.inf
    last_start: float = math.inf


_current = _Current()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let nothing inside take longer than `seconds` in all; of nested deadlines the earlier one holds."""
    before = _current.at
    _current.at = min(before, time.monotonic() + seconds)
    try:
        yield
    finally:
        _current.at = before


@contextmanager
def starting_within(seconds: float) -> Iterator[None]:
    """Let no request inside begin later than that; one that is under way then may take its time."""
    before = _current.last_start
    _current.last_start = min(before, time.monotonic() + seconds)
    try:
        yield
    finally:
        _current.last_start = before


def may_start() -> bool:
    """Say whether a request may begin now."""
    return time.monotonic() < _current.last_start


def remaining() -> float:
    """Return the seconds that are left; raise TimeoutError when none are."""
    left = _current.at - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return min(left, LONGEST)
