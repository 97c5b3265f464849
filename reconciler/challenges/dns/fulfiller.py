"""DNS challenges through a DNS provider: published together, seen everywhere, removed together."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.challenges.dns.changes import ZoneChanges
from reconciler.challenges.dns.checked import still_missing
from reconciler.challenges.dns.port import TxtRecord
from reconciler.challenges.instructions import dns_instruction
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.challenges.dns.lookups import Lookups
    from reconciler.challenges.dns.port import RecordPublisher
    from reconciler.model.dns_provider import Propagation
    from reconciler.model.instruction import Instruction


_LONGEST_VALUE = 255  # of one character string (RFC 1035 section 3.3)


class NamedPublisher:
    """A publisher whose failures say which provider has failed."""

    def __init__(self, name: str, publisher: RecordPublisher) -> None:
        """Change zones by `publisher`, which the tree calls `name`."""
        self._name = name
        self._publisher = publisher

    def change(self, zone: str, add: Sequence[TxtRecord], remove: Sequence[TxtRecord]) -> None:
        """Change a zone."""
        with self._named():
            self._publisher.change(zone, add, remove)

    def check_access(self, zone: str) -> None:
        """See whether it would let us change a zone."""
        with self._named():
            self._publisher.check_access(zone)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except ChallengeError as error:
            raise ChallengeError(f"the DNS provider {self._name}: {error}") from error


class ProviderFulfiller:
    """Publishes the records of challenges through one provider. Safe for threads.

    The standing records of dns-persist-01 are published as well, but never removed.
    """

    def __init__(
        self,
        name: str,
        publisher: RecordPublisher,
        propagation: Propagation,
        lookups: Lookups,
        monotonic: Callable[[], float],
    ) -> None:
        """Publish nothing yet.

        Args:
            name: of the provider, for messages.
            publisher: who changes zones.
            propagation: how it is seen to that a record can be seen.
            lookups: answers where a record belongs and who has it.
            monotonic: seconds of a clock that is never set back.
        """
        self._publisher = NamedPublisher(name, publisher)
        self._propagation = propagation
        self._lookups = lookups
        self._monotonic = monotonic
        self._zones: dict[str, ZoneChanges] = {}
        self._seen: set[TxtRecord] = set()
        self._making = threading.Lock()

    def present(self, instruction: Instruction) -> None:
        """Have the record published with the next change of its zone: `missing` sends it.

        Raises:
            ChallengeError: its place cannot be found, or is another than the order knows of.
        """
        zone, record = self._place(instruction)
        self._changes(zone).add(record)

    def missing(self, instruction: Instruction) -> str | None:
        """Return who does not have the record yet; what everybody has had once is not asked for again.

        Raises:
            ChallengeError: it was refused, or it takes longer than it may.
        """
        zone, record = self._place(instruction)
        published = self._changes(zone).published_at(record)
        if published is None:
            return f"the TXT record at {record.name} waits for the next change of the zone {zone}"
        if record in self._seen:
            return None
        waited = self._monotonic() - published
        missing = still_missing(self._lookups, self._propagation, zone, record, waited)
        if missing is None:
            self._seen.add(record)
        return missing

    def lives_here(self, instruction: Instruction) -> bool:
        """Say whether the record still waits to be sent."""
        zone, record = self._place(instruction)
        return self._changes(zone).waits(record)

    def clean_up(self, instructions: Sequence[Instruction]) -> dict[Instruction, ChallengeError]:
        """Remove records, those of a zone together."""
        zones: defaultdict[str, dict[Instruction, TxtRecord]] = defaultdict(dict)
        failures: dict[Instruction, ChallengeError] = {}
        for instruction in instructions:
            try:
                zone, record = self._place(instruction)
            except ChallengeError as error:
                failures[instruction] = error
            else:
                zones[zone][instruction] = record
        for zone, records in sorted(zones.items()):
            failed = self._changes(zone).remove(sorted(set(records.values())))
            failures |= {each: failed[record] for each, record in records.items() if record in failed}
            self._seen -= set(records.values())
        return failures

    def close(self) -> None:
        """There is nothing to end."""

    def _place(self, instruction: Instruction) -> tuple[str, TxtRecord]:
        dns = dns_instruction(instruction)
        # What was published is removed where it was published, whatever has become of an alias since.
        known = instruction.method.at if instruction.method else None
        name = known or self._lookups.canonical_name(dns.name)
        if not dns.value.isascii() or len(dns.value) > _LONGEST_VALUE:
            # That of dns-persist-01 has the account's URL in it, and that is as long as the CA likes.
            raise ChallengeError(
                f"the value of the TXT record at {name} is longer than {_LONGEST_VALUE} bytes, or not ASCII, "
                "and no provider is asked for that: publish it by hand "
                f"(`fulfillment: {{{instruction.challenge_type}: manual}}`)"
            )
        return self._lookups.zone_of(name), TxtRecord(name, dns.value)

    def _changes(self, zone: str) -> ZoneChanges:
        with self._making:
            if zone not in self._zones:
                self._zones[zone] = ZoneChanges(zone, self._publisher, self._monotonic)
            return self._zones[zone]
