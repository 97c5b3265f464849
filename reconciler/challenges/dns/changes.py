"""What is to be published in one zone: gathered while it waits, and sent together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from reconciler.challenges.samples import far_apart_first
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.challenges.dns.port import RecordPublisher, TxtRecord

_PAUSE = 1.0  # seconds from one change of a zone to the next: what comes in between goes together
_MOST_FAILURES_IN_A_ROW = 3


class ZoneChanges:
    """The records that a run publishes in a zone. Safe for threads.

    The first record goes out at once; those of the orders that come to it within a second go out together.
    So 200 orders take a handful of changes, and one order waits for nobody.
    """

    def __init__(self, zone: str, publisher: RecordPublisher, monotonic: Callable[[], float]) -> None:
        """Begin with nothing.

        Args:
            zone: its name.
            publisher: who changes it.
            monotonic: seconds of a clock that is never set back.
        """
        self._zone = zone
        self._publisher = publisher
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._waiting: dict[TxtRecord, None] = {}
        self._published: dict[TxtRecord, float] = {}
        self._refused: dict[TxtRecord, ChallengeError] = {}
        self._sending = False
        self._next_change = 0.0

    def add(self, record: TxtRecord) -> None:
        """Have a record published by the next change."""
        with self._lock:
            self._refused.pop(record, None)
            if record not in self._published:
                self._waiting[record] = None

    def published_at(self, record: TxtRecord) -> float | None:
        """Return when a record was published; None if it still waits. Sends what waits, if it is time.

        Raises:
            ChallengeError: it was refused.
        """
        self._send_due()
        with self._lock:
            if record in self._refused:
                raise self._refused[record]
            return self._published.get(record)

    def remove(self, records: Sequence[TxtRecord]) -> None:
        """Remove records, at once.

        Raises:
            ChallengeError: it was refused.
        """
        with self._lock:
            for record in records:
                self._waiting.pop(record, None)
                self._published.pop(record, None)
        self._publisher.change(self._zone, (), records)

    def _send_due(self) -> None:
        with self._lock:
            if self._sending or not self._waiting or self._monotonic() < self._next_change:
                return
            self._sending = True
            records = sorted(self._waiting)
        try:
            self._send(records)
        finally:
            with self._lock:
                self._sending = False
                self._next_change = self._monotonic() + _PAUSE

    def _send(self, records: Sequence[TxtRecord]) -> None:
        try:
            self._change(records)
        except ChallengeError as error:
            if len(records) == 1:
                self._refuse(records, error)
            else:
                self._send_each(records)

    def _send_each(self, records: Sequence[TxtRecord]) -> None:
        """One that is refused must not hold up the others; a zone that takes none is not tried on."""
        failures = 0
        # What is refused is often alike, and then neighbours: three of these say little about the others.
        records = far_apart_first(records)
        for number, record in enumerate(records):
            try:
                self._change([record])
            except ChallengeError as error:
                failures += 1
                self._refuse([record], error)
                if failures == number + 1 >= _MOST_FAILURES_IN_A_ROW:
                    self._refuse(records[number + 1 :], error)
                    return

    def _change(self, records: Sequence[TxtRecord]) -> None:
        self._publisher.change(self._zone, records, ())
        now = self._monotonic()
        with self._lock:
            for record in records:
                self._waiting.pop(record, None)
                self._published[record] = now

    def _refuse(self, records: Sequence[TxtRecord], error: ChallengeError) -> None:
        with self._lock:
            for record in records:
                self._waiting.pop(record, None)
                self._refused[record] = error
