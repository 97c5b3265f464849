"""Who answers for a zone: its name servers and all their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.challenges.dns.lookup import text
from reconciler.challenges.dns.shared import Once
from reconciler.errors import ChallengeError
from reconciler.model.addresses import DNS_PORT, Address, nameserver_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.challenges.dns.lookup import Lookup

# More than any zone has that works; who runs a zone can write as many as he likes.
_MAX_SERVERS = 20
_MAX_ADDRESSES = 8


class NameServer(Struct, frozen=True):
    """One name server.

    Attributes:
        name: empty where only an address is known.
    """

    name: str
    addresses: tuple[Address, ...]


class _IncompleteError(Exception):
    """Not to be remembered: the addresses of some could not be looked up."""

    def __init__(self, servers: tuple[NameServer, ...]) -> None:
        super().__init__()
        self.servers = servers


class Authorities:
    """Finds the name servers of zones, each once in a run. Safe for threads.

    Args:
        lookup: whom to ask.
        instead: addresses of servers that stand for those of every zone, if any.
        port: of the servers found.
    """

    def __init__(self, lookup: Lookup, instead: Sequence[str] = (), *, port: int = DNS_PORT) -> None:
        self._lookup = lookup
        self._instead = tuple(NameServer("", (nameserver_address(each),)) for each in instead)
        self._port = port
        self._zones: Once[tuple[NameServer, ...]] = Once()

    def of(self, zone: str) -> tuple[NameServer, ...]:
        """Return the name servers of `zone`.

        Raises:
            ChallengeError: it has none, or nobody answers.
        """
        if self._instead:
            return self._instead
        try:
            return self._zones.get(zone, lambda: self._find(zone))
        except _IncompleteError as error:
            return error.servers

    def _find(self, zone: str) -> tuple[NameServer, ...]:
        names = {text(record.target) for record in self._lookup.ask(zone, "NS").records}
        if not names:
            raise ChallengeError(f"no NS records of {zone} were found by asking {self._lookup.whom()}")
        found = {name: self._addresses(name) for name in sorted(names)[:_MAX_SERVERS]}
        servers = tuple(NameServer(name, addresses or ()) for name, addresses in found.items())
        if None in found.values():
            raise _IncompleteError(servers)
        return servers

    def _addresses(self, name: str) -> tuple[Address, ...] | None:
        """Return the addresses of a server; None if nobody told, and the next look may find them."""
        found: list[Address] = []
        answers = 0
        for kind in ("A", "AAAA"):
            try:
                records = self._lookup.ask(name, kind).records
            except ChallengeError:
                # Some servers do not answer for one of the two types: the other will do.
                continue
            answers += 1
            found += [Address(record.address, self._port) for record in records[:_MAX_ADDRESSES]]
        return tuple(found) if answers else None
