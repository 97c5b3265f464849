"""What threads share in one run: values that are worked out once, and counts."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


class Once(Generic[_T]):
    """Values by key; threads that want one that is being worked out wait for it. Failures are not kept."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._locks: dict[str, Lock] = {}
        self._values: dict[str, _T] = {}

    def get(self, key: str, work_out: Callable[[], _T]) -> _T:
        """Return the value of `key`, by `work_out` if nobody has asked for it yet."""
        with self._lock:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            if key not in self._values:
                self._values[key] = work_out()
            return self._values[key]


class Tally:
    """A count."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.count = 0

    def add(self) -> None:
        """Count one more."""
        with self._lock:
            self.count += 1
