"""Who fulfils which challenge of an identifier: certificate, role, settings and coverage decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.fulfillment import MANUAL, Method, Way
from reconciler.model.labels import without_underscored_labels
from reconciler.model.role import DNS_TYPES, ChallengeType
from reconciler.orders.choice import fits, preferred

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.dns_provider import DnsProvider
    from reconciler.model.fulfillment import ConfiguredMethod
    from reconciler.model.identifier import Identifier
    from reconciler.orders.standing import StandingRecord
    from reconciler.orders.standing_records import Unready

    Configured = Mapping[ChallengeType, tuple[ConfiguredMethod, ...]]


def automatic_methods(
    identifier: Identifier,
    spec: CertificateSpec,
    configured: Configured,
    providers: Mapping[str, DnsProvider],
) -> dict[ChallengeType, Method]:
    """Return how the program can fulfil which challenges of an identifier; the rest is for people.

    A certificate's `fulfillment` goes before its role's, and that before the settings; in these what is
    configured for the type goes before a DNS provider that covers the name.

    Args:
        identifier: of the certificate.
        spec: the certificate, with its role.
        configured: the settings' `challenges`.
        providers: all DNS providers, by name.
    """
    methods = {}
    for challenge_type in spec.challenge_types:
        if not fits(challenge_type, identifier):
            continue
        method = automatic_method(identifier, challenge_type, spec, configured, providers)
        if method is not None:
            methods[challenge_type] = method
    return methods


def automatic_method(
    identifier: Identifier,
    challenge_type: ChallengeType,
    spec: CertificateSpec,
    configured: Configured,
    providers: Mapping[str, DnsProvider],
    alias: str | None = None,
) -> Method | None:
    """Return how the program can fulfil a type of challenge that fits the identifier; None: people do.

    Args:
        identifier: of the certificate.
        challenge_type: of the challenge.
        spec: the certificate, with its role.
        configured: the settings' `challenges`.
        providers: all DNS providers, by name.
        alias: where a DNS challenge's record has a name that is an alias (CNAME), what it leads to: a
            provider has to cover that. None where it is none, or nobody has looked.
    """
    chosen = chosen_fulfillment(spec, challenge_type)
    if chosen == MANUAL:
        return None
    if chosen is not None:
        return Method(Way.DNS_PROVIDER, chosen, alias) if chosen in providers else None
    for method in configured.get(challenge_type, ()):
        if not method.identifiers or closest_entry(identifier.value, method.identifiers) >= 0:
            return method.method
    if challenge_type not in DNS_TYPES:
        return None
    provider = covering_provider(alias or identifier.value, providers.values())
    return Method(Way.DNS_PROVIDER, provider.name, alias) if provider else None


class PlannedChallenge(Struct, frozen=True):
    """How an identifier is likely to be validated: what the CA offers, and the DNS says, is not known yet.

    Attributes:
        challenge_type: None where none fits.
        method: how the program does it; None leaves it to people.
        standing: the record of dns-persist-01 that has to stand, or why it cannot be told yet; None for other
            types.
    """

    identifier: Identifier
    challenge_type: ChallengeType | None
    method: Method | None
    standing: StandingRecord | Unready | None = None


def planned_challenges(
    spec: CertificateSpec, configured: Configured, providers: Mapping[str, DnsProvider]
) -> tuple[PlannedChallenge, ...]:
    """Return for each identifier what would be chosen, if the CA offers all that it may."""
    return tuple(_planned(each, spec, configured, providers) for each in spec.identifiers)


def _planned(
    identifier: Identifier,
    spec: CertificateSpec,
    configured: Configured,
    providers: Mapping[str, DnsProvider],
) -> PlannedChallenge:
    methods = automatic_methods(identifier, spec, configured, providers)
    possible = [each for each in spec.challenge_types if fits(each, identifier)]
    chosen = preferred(possible, methods)
    return PlannedChallenge(identifier, chosen, methods.get(chosen) if chosen else None)


def with_wildcards(planned: Sequence[PlannedChallenge]) -> frozenset[Identifier]:
    """Return the names whose wildcards are asked for by dns-persist-01, too: one record serves both."""
    wildcards = {
        each.identifier.value for each in planned if each.challenge_type is ChallengeType.DNS_PERSIST_01
    }
    return frozenset(each.identifier for each in planned if f"*.{each.identifier.base}" in wildcards)


def chosen_fulfillment(spec: CertificateSpec, challenge_type: ChallengeType) -> str | None:
    """Return what certificate or role choose for a type: the name of a DNS provider, `manual`, or nothing."""
    return spec.fulfillment.get(challenge_type, spec.role.fulfillment.get(challenge_type))


def covering_provider(name: str, providers: Iterable[DnsProvider]) -> DnsProvider | None:
    """Return the DNS provider whose `identifiers` are the nearest to a name; None if none covers it.

    A name itself is nearer than a pattern, and a longer pattern nearer than a shorter one; of equals, the
    first by name.
    """
    near = [
        (closeness, each) for each in providers if (closeness := closest_entry(name, each.identifiers)) >= 0
    ]
    return min(near, key=lambda pair: (-pair[0], pair[1].name))[1] if near else None


def closest_entry(name: str, entries: Iterable[str]) -> int:
    """Return how near the nearest of `entries` is to a name or address; -1 if none covers it.

    Args:
        name: a canonical value, or the name of a record. A wildcard is as well covered by the name it is
            over, for their records stand at one place.
        entries: names, addresses, and patterns whose leftmost label is `*`, which stands for any labels.
    """
    name = without_underscored_labels(name)
    base = name.removeprefix("*.")
    nearness = -1
    for entry in entries:
        if entry in (name, base):
            return 1000
        if entry == "*" or (entry.startswith("*.") and name.endswith(entry[1:])):
            nearness = max(nearness, len(entry))
    return nearness
