"""All the ways of fulfilling challenges that a tree has, each made ready when it is first needed."""

from __future__ import annotations

import shlex
import threading
from typing import TYPE_CHECKING, assert_never

from reconciler.challenges.webroot import Webroot, top_of_webroot
from reconciler.errors import ChallengeError, SecretError
from reconciler.model.fulfillment import ExecMethod, Method, Way
from reconciler.model.role import DNS_TYPES, ChallengeType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from reconciler.challenges.dns.lookups import Lookups
    from reconciler.challenges.dns.port import RecordPublisher
    from reconciler.challenges.dns.standing_fulfiller import StandingFulfiller
    from reconciler.challenges.port import Fulfiller
    from reconciler.model.account import SecretReference
    from reconciler.model.dns_provider import DnsProvider, Propagation
    from reconciler.model.settings import Settings

    Secret = Callable[[SecretReference], str]

_BY_HAND = "or by hand, and then the order's file in cleanup/ of the state"


class Fulfillers:
    """Makes and keeps them; safe for threads. What needs slow imports is made no sooner than it is used.

    Attributes:
        settings: of the tree.
        providers: its DNS providers, by name.
    """

    def __init__(
        self,
        settings: Settings,
        providers: Mapping[str, DnsProvider],
        root: Path,
        secret: Secret,
        *,
        monotonic: Callable[[], float],
        now: Callable[[], datetime],
        withheld: frozenset[str] = frozenset(),
    ) -> None:
        """Make nothing yet.

        Args:
            settings: of the tree.
            providers: its DNS providers, by name.
            root: of the tree; relative paths begin there.
            secret: returns what a reference to a secret leads to.
            monotonic: seconds of a clock that is never set back.
            now: the time.
            withheld: environment variables that are for no program of the user's.
        """
        self.settings = settings
        self.providers = providers
        self._root = root
        self._secret = secret
        self._monotonic = monotonic
        self._now = now
        self._withheld = withheld
        self._made: dict[tuple[Way, str, ChallengeType | None], Fulfiller] = {}
        self._lookups: dict[Propagation, Lookups] = {}
        self._making = threading.RLock()

    def of(self, method: Method, challenge_type: ChallengeType) -> Fulfiller:
        """Return what does `method`, for a type of challenge.

        Raises:
            ChallengeError: the tree does not have it any more, or it cannot be made.
        """
        # A DNS provider publishes what all types of DNS challenges need, wherever, in one change.
        of_type = None if method.way is Way.DNS_PROVIDER else challenge_type
        key = (method.way, method.target, of_type)
        with self._making:
            if key not in self._made:
                self._made[key] = self._make(method, challenge_type)
            return self._made[key]

    def lookups(self, propagation: Propagation | None = None) -> Lookups:
        """Return who asks the DNS: as a provider wants it, or as the settings do."""
        from reconciler.challenges.dns.lookups import Lookups

        wanted = propagation or self.settings.propagation
        with self._making:
            if wanted not in self._lookups:
                self._lookups[wanted] = Lookups(wanted.nameservers, self._monotonic)
            return self._lookups[wanted]

    def propagation_of(self, provider: DnsProvider | None) -> Propagation:
        """Return how it is seen to that a provider's records can be seen."""
        return (provider and provider.propagation) or self.settings.propagation

    def standing_records(self) -> StandingFulfiller:
        """Return who knows which standing records there are."""
        from reconciler.challenges.dns.standing_fulfiller import StandingFulfiller

        return StandingFulfiller(self.lookups(), self._now)

    def publisher(self, provider: DnsProvider) -> RecordPublisher:
        """Return who changes zones for a DNS provider.

        Raises:
            SecretError: a secret of it is not there.
            ChallengeError: a library is not there, or the provider is described wrongly.
        """
        from reconciler.challenges.dns.publishers import make_publisher

        return make_publisher(provider, self._secret)

    def close(self) -> None:
        """End what serves answers."""
        with self._making:
            for fulfiller in self._made.values():
                fulfiller.close()
            self._made.clear()

    def _make(self, method: Method, challenge_type: ChallengeType) -> Fulfiller:
        match method.way:
            case Way.WEBROOT:
                return Webroot(self._root / method.target, top_of_webroot(self._root, method.target))
            case Way.LISTEN:
                return _listener(method, challenge_type)
            case Way.EXEC:
                return self._program(method, challenge_type)
            case Way.DNS_PROVIDER:
                return self._provider(method.target)
            case Way.STANDING_RECORD:
                return self.standing_records()
            case _:
                assert_never(method.way)

    def _program(self, method: Method, challenge_type: ChallengeType) -> Fulfiller:
        from reconciler.challenges.command import Command
        from reconciler.challenges.dns.checked import PropagationChecked

        configured = self.settings.challenges.get(challenge_type, ())
        programs = [each for each in configured if isinstance(each, ExecMethod)]
        found = [each for each in programs if each.method == method]
        # With other arguments than when it presented something, it is the nearest that can take it away.
        found += [
            each for each in programs if f"{method.target} ".startswith(f"{shlex.quote(each.command[0])} ")
        ]
        if not found:
            raise ChallengeError(
                f"the program {method.target} is not in `challenges: {{{challenge_type}: ...}}` any more: "
                f"what it has presented is to be taken away by it, if it is put there again, {_BY_HAND}"
            )
        command = Command(found[0], self._root, self._withheld)
        if challenge_type not in DNS_TYPES:
            return command
        return PropagationChecked(command, self.settings.propagation, self.lookups(), self._monotonic)

    def _provider(self, name: str) -> Fulfiller:
        from reconciler.challenges.dns.fulfiller import ProviderFulfiller

        provider = self.providers.get(name)
        if provider is None:
            raise ChallengeError(
                f"there is no DNS provider {name} any more: what it has published is to be removed by it, "
                f"if dns-providers/{name}.yaml is put there again, {_BY_HAND}"
            )
        try:
            publisher = self.publisher(provider)
        except SecretError as error:
            raise ChallengeError(f"the DNS provider {name}: {error}") from error
        propagation = self.propagation_of(provider)
        return ProviderFulfiller(name, publisher, propagation, self.lookups(propagation), self._monotonic)


def _listener(method: Method, challenge_type: ChallengeType) -> Fulfiller:
    addresses = method.target.split(", ")
    if challenge_type is ChallengeType.TLS_ALPN_01:
        from reconciler.challenges.tls_alpn_listener import TlsAlpnListener

        return TlsAlpnListener(addresses)
    from reconciler.challenges.http_listener import HttpListener

    return HttpListener(addresses)
