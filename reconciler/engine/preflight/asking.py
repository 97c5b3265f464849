"""What a preflight asks of others: the CAs, the DNS, the DNS providers, and whoever has a port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.engine.preflight.answers import Answers
from reconciler.model.account import KeyType
from reconciler.model.role import ChallengeType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.challenges.dns.lookups import Lookups
    from reconciler.challenges.dns.port import RecordPublisher
    from reconciler.engine.work import Workplace
    from reconciler.model.account import AccountSpec
    from reconciler.model.caa import CaaRecord
    from reconciler.model.dns_provider import DnsProvider, Propagation
    from reconciler.model.fulfillment import Method
    from reconciler.model.preflight_facts import Reach

_PORTS = {ChallengeType.HTTP_01: 80, ChallengeType.TLS_ALPN_01: 443}


class PreflightOptions(Struct, frozen=True):
    """How much is asked at once, and for how long.

    Attributes:
        threads: how many questions are under way at once.
        seconds: for all of it.
        connect_seconds: for one connection.
        addresses: of one name that are tried, at most.
        ports: where the CA asks (RFC 8555 section 8.3, RFC 8737 section 3).
    """

    threads: int = 16
    seconds: float = 60.0
    connect_seconds: float = 3.0
    addresses: int = 8
    ports: Mapping[ChallengeType, int] = field(default_factory=lambda: _PORTS)


class Asking:
    """Asks each question once in a run, and changes nothing. Safe for threads.

    Every call may raise `ReconcilerError`; `NoAnswerError` where nobody answers.

    Attributes:
        options: how long a question may take.
        providers: the DNS providers, by name.
    """

    def __init__(self, place: Workplace, options: PreflightOptions) -> None:
        self.options = options
        self.settings = place.fulfillers.settings
        self.providers = place.fulfillers.providers
        self.now = place.clock.now
        self._place = place
        self._answers = Answers()

    def identities(self, account: AccountSpec) -> tuple[str, ...]:
        """Return what the CA of an account calls itself in CAA records."""
        where = (account.directory_url, account.trusted_ca, account.additional_hosts)
        return self._answers.get(("directory", where), lambda: self._read_identities(account), where)

    def caa_records(self, name: str) -> tuple[str, tuple[CaaRecord, ...]]:
        """Return the CAA records that hold for a name, and where they are."""
        lookups = self._lookups(None)
        return self._answers.get(("caa", name), lambda: lookups.caa_records(name), "dns")

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return the addresses of a name, IPv4 first."""
        lookups = self._lookups(None)
        return self._answers.get(("addresses", name), lambda: lookups.addresses(name), "dns")

    def text_values(self, name: str) -> tuple[str, ...]:
        """Return the values of the TXT records at a name."""
        lookups = self._lookups(None)
        return self._answers.get(("texts", name), lambda: lookups.text_values(name), "dns")

    def reach(self, address: str, port: int) -> Reach:
        """Try a connection."""
        from reconciler.challenges.reach import reach

        seconds = self.options.connect_seconds
        return self._answers.get(("reach", address, port), lambda: reach(address, port, seconds))

    def check_local(self, method: Method) -> None:
        """See whether this machine has what a method needs."""
        from reconciler.challenges.local import check_local

        root = self._place.root
        self._answers.get(("local", method), lambda: check_local(method, root))

    def canonical_name(self, name: str, propagation: Propagation) -> str:
        """Return where a record of `name` belongs: CNAMEs are followed."""
        lookups, whom = self._lookups(propagation), propagation.nameservers
        return self._answers.get(("alias", name, whom), lambda: lookups.canonical_name(name), whom or "dns")

    def zone_of(self, name: str, propagation: Propagation) -> str:
        """Return the zone of a canonical name."""
        lookups, whom = self._lookups(propagation), propagation.nameservers
        return self._answers.get(("zone", name, whom), lambda: lookups.zone_of(name), whom or "dns")

    def unanswered(self, zone: str, propagation: Propagation) -> str | None:
        """Return which name servers do not answer for a zone."""
        lookups, whom = self._lookups(propagation), propagation.nameservers
        return self._answers.get(("servers", zone, whom), lambda: lookups.unanswered(zone))

    def publisher(self, provider: DnsProvider) -> RecordPublisher:
        """Return who changes the zones of a provider; reads its secrets, and asks nobody."""
        fulfillers = self._place.fulfillers
        return self._answers.get(("publisher", provider.name), lambda: fulfillers.publisher(provider))

    def check_access(self, provider: DnsProvider, zone: str) -> None:
        """See whether a provider takes our credentials for a zone; it is asked nothing that changes one."""
        publisher = self.publisher(provider)
        # A service that is not there is away for all of its zones.
        whom = ("provider", provider.name)
        self._answers.get(("access", provider.name, zone), lambda: publisher.check_access(zone), whom)

    def propagation_of(self, provider: DnsProvider | None) -> Propagation:
        """Return who is asked about the records of a provider."""
        return self._place.fulfillers.propagation_of(provider)

    def _lookups(self, propagation: Propagation | None) -> Lookups:
        return self._place.fulfillers.lookups(propagation)

    def _read_identities(self, account: AccountSpec) -> tuple[str, ...]:
        from reconciler import pki

        # A directory is read without a signature: any key will do, and that of the account stays where it is.
        key = pki.generate_key(KeyType.EC_256)
        return self._place.connect(account, key, None).directory().caa_identities
