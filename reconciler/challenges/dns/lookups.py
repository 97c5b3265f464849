"""Everything that a run asks the DNS, each question once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.challenges.dns.lookup import Lookup
from reconciler.challenges.dns.propagation import Watcher
from reconciler.challenges.dns.standing import CaaFinder, text_values
from reconciler.challenges.dns.zones import ZoneFinder
from reconciler.model.addresses import DNS_PORT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.challenges.dns.port import TxtRecord
    from reconciler.model.caa import CaaRecord


class Lookups:
    """Asks, and remembers what does not change in a run. Safe for threads."""

    def __init__(
        self, nameservers: Sequence[str], monotonic: Callable[[], float], *, port: int = DNS_PORT
    ) -> None:
        """Ask nothing yet.

        Args:
            nameservers: who is asked in place of the system's resolver and the zones' own servers.
            monotonic: seconds of a clock that is never set back.
            port: of the zones' own servers.
        """
        self._lookup = Lookup(nameservers)
        self._finder = ZoneFinder(self._lookup)
        self._watcher = Watcher(self._lookup, nameservers, port=port, clock=monotonic)
        self._caa = CaaFinder(self._lookup)

    @property
    def queries(self) -> int:
        """How many questions have been asked."""
        return self._lookup.queries + self._watcher.queries

    def canonical_name(self, name: str) -> str:
        """Return where a record of `name` belongs: see `ZoneFinder`."""
        return self._finder.canonical_name(name)

    def zone_of(self, name: str) -> str:
        """Return the zone of a canonical name: see `ZoneFinder`."""
        return self._finder.zone_of(name)

    def missing(self, zone: str, record: TxtRecord) -> str | None:
        """Return which servers lack a record: see `Watcher`."""
        return self._watcher.missing(zone, record)

    def unanswered(self, zone: str) -> str | None:
        """Return which servers do not answer for a zone: see `Watcher`."""
        return self._watcher.unanswered(zone)

    def text_values(self, name: str) -> tuple[str, ...]:
        """Return the values of the TXT records at a name; CNAMEs are followed.

        Raises:
            ChallengeError: nobody answers.
        """
        return text_values(self._lookup, name)

    def caa_records(self, name: str) -> tuple[str, tuple[CaaRecord, ...]]:
        """Return the CAA records that hold for a name, and where they are: see `CaaFinder`."""
        return self._caa.caa_records(name)

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return the addresses of a name, IPv4 first; none where it has none.

        Raises:
            ChallengeError: nobody answers.
        """
        found = (each for kind in ("A", "AAAA") for each in self._lookup.ask(name, kind).records)
        return tuple(str(each.address) for each in found)
