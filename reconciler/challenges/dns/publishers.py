"""Who publishes records for a DNS provider of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.model.dns_provider import AzureDns, GoogleCloudDns, Lexicon, Rfc2136, Route53

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.challenges.dns.port import RecordPublisher
    from reconciler.model.account import SecretReference
    from reconciler.model.dns_provider import DnsProvider


def make_publisher(provider: DnsProvider, secret: Callable[[SecretReference], str]) -> RecordPublisher:
    """Return the publisher of a provider's service; it asks nobody before it is used.

    Args:
        provider: what the tree says.
        secret: reads what a reference refers to, and raises what it likes where it cannot.
    """

    def read(reference: SecretReference | None) -> str | None:
        # Files end with a line break, and none of these secrets does.
        return secret(reference).strip() if reference else None

    # Each module brings its own protocol or library; only the one that is needed is loaded.
    match provider.service:
        case Rfc2136() as service:
            from reconciler.challenges.dns.rfc2136 import Rfc2136Publisher

            return Rfc2136Publisher(service, provider.ttl, read(service.tsig_secret))
        case Route53() as service:
            from reconciler.challenges.dns.route53 import Route53Publisher

            return Route53Publisher(service, provider.ttl, read(service.secret_access_key))
        case AzureDns() as service:
            from reconciler.challenges.dns.azure_dns import AzureDnsPublisher

            return AzureDnsPublisher(service, provider.ttl, read(service.client_secret))
        case GoogleCloudDns() as service:
            from reconciler.challenges.dns.google_cloud_dns import GoogleCloudDnsPublisher

            return GoogleCloudDnsPublisher(service, provider.ttl, read(service.credentials))
        case Lexicon() as service:
            from reconciler.challenges.dns.lexicon import LexiconPublisher

            options = {
                name: value if isinstance(value, str) else secret(value).strip()
                for name, value in service.options.items()
            }
            return LexiconPublisher(service, provider.ttl, options)
        case _ as never:
            assert_never(never)
