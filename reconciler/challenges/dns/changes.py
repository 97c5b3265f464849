"""What is to be published in one zone: gathered while it waits, and sent together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from reconciler.challenges.one_by_one import failures_of
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.challenges.dns.port import RecordPublisher, TxtRecord

_PAUSE = 1.0  # seconds from one change of a zone to the next: what comes in between goes together


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

    def waits(self, record: TxtRecord) -> bool:
        """Say whether a record is still to be sent."""
        with self._lock:
            return record in self._waiting

    def remove(self, records: Sequence[TxtRecord]) -> dict[TxtRecord, ChallengeError]:
        """Remove records, at once; return those that could not be, and why."""
        with self._lock:
            for record in records:
                self._waiting.pop(record, None)
                self._published.pop(record, None)
        return self._each_alone_if_need_be(records, lambda part: self._change((), part))

    def _send_due(self) -> None:
        with self._lock:
            if self._sending or not self._waiting or self._monotonic() < self._next_change:
                return
            self._sending = True
            records = sorted(self._waiting)
        try:
            refused = self._each_alone_if_need_be(records, self._publish)
            with self._lock:
                self._refused |= refused
                for record in refused:
                    self._waiting.pop(record, None)
        finally:
            with self._lock:
                self._sending = False
                self._next_change = self._monotonic() + _PAUSE

    def _each_alone_if_need_be(
        self, records: Sequence[TxtRecord], change: Callable[[Sequence[TxtRecord]], None]
    ) -> dict[TxtRecord, ChallengeError]:
        """Change all together; where that fails each alone, for one must not keep the others."""

        def send(part: Sequence[TxtRecord]) -> None:
            try:
                change(part)
            except ChallengeError:
                raise
            except Exception as error:  # a bug that one record meets must not poison its zone
                raise ChallengeError(f"a bug in reconciler: {type(error).__name__}: {error}") from error

        try:
            send(records)
        except ChallengeError as error:
            alone = len(records) == 1
            failures = {records[0]: error} if alone else failures_of(records, lambda each: send([each]))
            return {
                record: ChallengeError(f"the TXT record at {record.name}: {why}")
                for record, why in failures.items()
            }
        return {}

    def _publish(self, records: Sequence[TxtRecord]) -> None:
        self._change(records, ())
        now = self._monotonic()
        with self._lock:
            for record in records:
                self._waiting.pop(record, None)
                self._published[record] = now

    def _change(self, add: Sequence[TxtRecord], remove: Sequence[TxtRecord]) -> None:
        self._publisher.change(self._zone, add, remove)
