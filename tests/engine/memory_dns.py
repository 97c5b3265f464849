"""A DNS in memory, which outlives the program: zones, aliases, a provider, and servers that lag."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from reconciler.challenges.fulfillers import Fulfillers
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.challenges.dns.lookups import Lookups
    from reconciler.challenges.dns.port import RecordPublisher, TxtRecord
    from reconciler.model.dns_provider import DnsProvider, Propagation
    from tests.engine.fake_clock import FakeClock


class MemoryDns:
    """What is published, and what a test can set about it.

    Attributes:
        records: the records, with the seconds at which each was published.
        changes: what was asked of providers: their names, zones, and how much was added and removed.
        lag: seconds until a record is seen.
        refuse: returns why a change is refused, if it is.
        after_change: called when a change is made, before that is answered.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.zones = ["example.com", "example.net"]
        self.aliases: dict[str, str] = {}
        self.records: dict[TxtRecord, float] = {}
        self.changes: list[tuple[str, str, int, int]] = []
        self.lag = 0.0
        self.refuse: Callable[[str, Sequence[TxtRecord]], str | None] = lambda _zone, _records: None
        self.after_change: Callable[[], None] = lambda: None
        self.lock = threading.Lock()

    def values(self, name: str) -> set[str]:
        return {each.value for each in self.records if each.name == name}

    def by_name(self) -> dict[str, int]:
        """Return how many values each name has."""
        found: defaultdict[str, int] = defaultdict(int)
        for each in self.records:
            found[each.name] += 1
        return dict(found)


class MemoryPublisher:
    def __init__(self, dns: MemoryDns, name: str) -> None:
        self._dns = dns
        self._name = name

    def change(self, zone: str, add: Sequence[TxtRecord], remove: Sequence[TxtRecord]) -> None:
        dns = self._dns
        with dns.lock:
            why = dns.refuse(zone, [*add, *remove])
            if why is not None:
                raise ChallengeError(why)
            assert all(each.name.endswith(zone) for each in (*add, *remove))
            dns.changes.append((self._name, zone, len(add), len(remove)))
            for each in add:
                dns.records.setdefault(each, dns.clock.monotonic())
            for each in remove:
                dns.records.pop(each, None)
        dns.after_change()

    def check_access(self, zone: str) -> None:
        pass


class MemoryLookups:
    def __init__(self, dns: MemoryDns) -> None:
        self._dns = dns

    def canonical_name(self, name: str) -> str:
        return self._dns.aliases.get(name, name)

    def zone_of(self, name: str) -> str:
        for zone in self._dns.zones:
            if name.endswith(f".{zone}"):
                return zone
        raise ChallengeError(f"no zone was found for {name}")

    def missing(self, zone: str, record: TxtRecord) -> str | None:
        published = self._dns.records.get(record)
        seen = published is not None and self._dns.clock.monotonic() >= published + self._dns.lag
        return None if seen else f"ns2.{zone} (192.0.2.2) does not have it yet"

    def text_values(self, name: str) -> tuple[str, ...]:
        return tuple(self._dns.values(self.canonical_name(name)))


class MemoryFulfillers(Fulfillers):
    """The real ones, in this DNS."""

    def __init__(self, dns: MemoryDns, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **options)
        self._dns = dns

    def lookups(self, propagation: Propagation | None = None) -> Lookups:
        return MemoryLookups(self._dns)  # type: ignore[return-value] # what is asked of it, it answers

    def publisher(self, provider: DnsProvider) -> RecordPublisher:
        return MemoryPublisher(self._dns, provider.name)
