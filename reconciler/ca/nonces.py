"""The anti-replay nonces of one CA (RFC 8555 section 6.5), shared by all its accounts and all threads."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from reconciler.ca.deadline import remaining

if TYPE_CHECKING:
    from collections.abc import Callable

# A nonce that turns out too old costs one refusal, which brings a fresh one; asking newNonce costs a request
# too. Hence this may be generous.
LONGEST_AGE = 1800.0
CAPACITY = 128
# Threads that start together would each ask newNonce, which large CAs limit to 20 a second. So a few do, and
# the others wait for a nonce out of any answer, or for their turn.
FETCHES_AT_ONCE = 3
# As many requests are under way as there are nonces, and each nonce has cost a request of its own. So there
# are no more than these, or one for so many requests that were signed: in a long run that is enough for each
# thread to have one.
FEW = 9
REQUESTS_FOR_ONE = 300
# But a CA that takes its time, or gives no nonce back, must not hold up those who wait for one.
PATIENCE = 1.0
_NONCE = re.compile(r"[A-Za-z0-9_-]{1,512}", re.ASCII)


class NoncePool:
    """Nonces, each handed out once, the freshest first."""

    def __init__(self, fetch: Callable[[], str], monotonic: Callable[[], float]) -> None:
        """Make an empty pool.

        Args:
            fetch: asks newNonce for one more (RFC 8555 section 7.2); may raise.
            monotonic: a clock for the age of nonces.
        """
        self._fetch = fetch
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._nonces: deque[tuple[float, str]] = deque(maxlen=CAPACITY)
        self._fetches = 0
        self._holders: set[int] = set()
        self._signed = 0

    def put(self, nonce: str | None) -> None:
        """Keep the nonce of an answer; what is no nonce is ignored, as RFC 8555 section 6.5.1 demands."""
        if not is_nonce(nonce):
            return
        with self._changed:
            self._nonces.append((self._monotonic(), nonce or ""))
            self._changed.notify()

    def take(self) -> str:
        """Return a nonce that nobody else has; asks the CA for one where there is none.

        This thread then holds it, until it takes another one or releases it.

        Raises:
            TimeoutError: when the thread's deadline passes meanwhile.
        """
        impatient_at = time.monotonic() + PATIENCE
        with self._changed:
            self._holders.discard(threading.get_ident())
            while True:
                nonce = self._freshest()
                if nonce is not None:
                    self._holders.add(threading.get_ident())
                    return nonce
                left = impatient_at - time.monotonic()
                if self._fetches < FETCHES_AT_ONCE and (left <= 0 or self._may_be_more()):
                    break
                self._changed.wait(min(remaining(), left) if left > 0 else remaining())
            self._fetches += 1
        try:
            nonce = self._fetch()
        except BaseException:
            self._fetched(None)
            raise
        self._fetched(threading.get_ident())
        return nonce

    def release(self) -> None:
        """Say that the nonce which this thread took is used up: its answer came, or never will."""
        with self._changed:
            self._signed += 1
            self._holders.discard(threading.get_ident())
            self._changed.notify()

    def _may_be_more(self) -> bool:
        known = len(self._holders) + self._fetches
        return known < max(FEW, self._signed // REQUESTS_FOR_ONE)

    def _fetched(self, holder: int | None) -> None:
        with self._changed:
            self._fetches -= 1
            if holder is not None:
                self._holders.add(holder)
            self._changed.notify()

    def _freshest(self) -> str | None:
        if not self._nonces:
            return None
        born, nonce = self._nonces.pop()
        if self._monotonic() - born <= LONGEST_AGE:
            return nonce
        self._nonces.clear()
        return None


def is_nonce(value: str | None) -> bool:
    """Whether this is a nonce that may be used (RFC 8555 section 6.5.1)."""
    return value is not None and _NONCE.fullmatch(value) is not None
