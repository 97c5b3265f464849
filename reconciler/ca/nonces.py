"""The anti-replay nonces of one CA (RFC 8555 section 6.5), shared by all its accounts and all threads."""

from __future__ import annotations

import re
import threading
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

    def put(self, nonce: str | None) -> None:
        """Keep the nonce of an answer; what is no nonce is ignored, as RFC 8555 section 6.5.1 demands."""
        if not is_nonce(nonce):
            return
        with self._changed:
            self._nonces.append((self._monotonic(), nonce or ""))
            self._changed.notify()

    def take(self) -> str:
        """Return a nonce that nobody else has; asks the CA for one where there is none.

        Raises:
            TimeoutError: when the thread's deadline passes meanwhile.
        """
        with self._changed:
            while True:
                nonce = self._freshest()
                if nonce is not None:
                    return nonce
                if self._fetches < FETCHES_AT_ONCE:
                    break
                self._changed.wait(remaining())
            self._fetches += 1
        try:
            return self._fetch()
        finally:
            with self._changed:
                self._fetches -= 1
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
