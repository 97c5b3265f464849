"""The field `fulfillment` of roles and certificates: who fulfils which type of challenge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.fulfillment import MANUAL
from reconciler.model.role import ChallengeType
from reconciler.orders.choice import fits
from reconciler.orders.methods import chosen_fulfillment, closest_entry
from reconciler.tree.suggest import did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.dns_provider import DnsProvider
    from reconciler.model.identifier import Identifier
    from reconciler.tree.document import Document, Path


def build_fulfillment(document: Document, providers: Collection[str]) -> Mapping[ChallengeType, str]:
    """Return what is chosen; note a finding for each provider that no file of the tree is about.

    Args:
        document: the role or certificate.
        providers: the names of all DNS providers, those of files with errors included.
    """
    found = {}
    for name, chosen in document.value.get("fulfillment", {}).items():
        if chosen != MANUAL and chosen not in providers:
            there_are = f"there are: {listed(providers)}" if providers else "there are none"
            nearest = did_you_mean(chosen, [*providers, MANUAL])
            hint = f"{nearest} ({there_are})" if nearest else f"{there_are}; `{MANUAL}` leaves it to people"
            node = document.node("fulfillment", name)
            document.source.error("unknown-reference", f"there is no DNS provider `{chosen}`", node, hint)
        found[ChallengeType(name)] = chosen
    return found


def check_coverage(
    document: Document,
    spec: CertificateSpec,
    identifiers: Mapping[Identifier, Path],
    providers: Mapping[str, DnsProvider],
) -> None:
    """Warn where a provider is chosen that does not cover a name: only an alias of one it does would do."""
    for challenge_type in spec.challenge_types:
        provider = providers.get(chosen_fulfillment(spec, challenge_type) or "")
        if provider is None:
            continue
        for identifier, path in identifiers.items():
            if fits(challenge_type, identifier) and closest_entry(identifier.value, provider.identifiers) < 0:
                document.source.warning(
                    "not-covered",
                    f"the DNS provider `{provider.name}` does not cover `{identifier.text}`",
                    document.node(*path),
                    "it can publish the record only where `_acme-challenge` of the name is an alias (CNAME) "
                    f"of one that it does cover: see {provider.location.path}",
                )
