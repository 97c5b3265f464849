"""DNS providers: who can publish the records of DNS challenges, for which names, and by which service."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.account import SecretReference
    from reconciler.model.finding import Location


class Rfc2136(Struct, frozen=True):
    """Dynamic update (RFC 2136), signed with a TSIG key (RFC 8945) where there is one.

    Attributes:
        nameserver: `IP`, `IP:port` or `[IPv6]:port` of the zone's primary.
        tsig_secret: base64.
        tsig_algorithm: `hmac-sha1` (the seed system's default), `hmac-sha224`, -256, -384 or -512.
    """

    nameserver: str
    tsig_key_name: str | None = None
    tsig_secret: SecretReference | None = None
    tsig_algorithm: str = "hmac-sha1"


class Route53(Struct, frozen=True):
    """Amazon Route 53; without keys, the ambient credentials."""

    access_key_id: str | None = None
    secret_access_key: SecretReference | None = None
    region: str = "us-east-1"
    hosted_zone_id: str | None = None
    external_id: str | None = None
    assume_role_arn: str | None = None


class AzureDns(Struct, frozen=True):
    """Azure DNS; without a client secret, the managed identity or what else is ambient.

    Attributes:
        environment: `AzurePublic`, `AzureChina` or `AzureGovernment`.
    """

    subscription_id: str
    resource_group_name: str
    zone_name: str | None = None
    client_id: str | None = None
    client_secret: SecretReference | None = None
    tenant_id: str | None = None
    environment: str = "AzurePublic"


class GoogleCloudDns(Struct, frozen=True):
    """Google Cloud DNS; without credentials (the JSON of a key), the ambient ones.

    Attributes:
        zone_name: of the managed zone, as the project calls it; None finds it by its DNS name.
    """

    project: str | None = None
    credentials: SecretReference | None = None
    zone_name: str | None = None
    impersonate_service_account: str | None = None


class Lexicon(Struct, frozen=True):
    """One of the services that the library dns-lexicon knows.

    Attributes:
        provider: its name there: `cloudflare`, `powerdns`.
        options: the library's options for it, as its documentation names them.
    """

    provider: str
    options: Mapping[str, str | SecretReference] = field(default_factory=dict)


DnsService = Rfc2136 | Route53 | AzureDns | GoogleCloudDns | Lexicon

SERVICES: Mapping[str, type[DnsService]] = {
    "rfc2136": Rfc2136,
    "aws-route53": Route53,
    "azure-dns": AzureDns,
    "google-cloud-dns": GoogleCloudDns,
    "lexicon": Lexicon,
}
"""The services by the word in the field `type`; those that the seed system has, have its words."""

DEFAULT_PROPAGATION = timedelta(minutes=2)


class Propagation(Struct, frozen=True):
    """How it is seen to that a record can be seen.

    Attributes:
        nameservers: `IP`, `IP:port` or `[IPv6]:port` of those who are asked in place of the system's resolver
            (for zones and delegations) and of the zone's own servers (for records).
        timeout: how long a record may take to be visible everywhere.
        skip: whether not to look at all.
    """

    nameservers: tuple[str, ...] = ()
    timeout: timedelta = DEFAULT_PROPAGATION
    skip: bool = False


class DnsProvider(Struct, frozen=True):
    """`dns-providers/NAME.yaml`: field names and defaults are the seed system's, where it has them.

    Attributes:
        identifiers: the names it can publish records for; a leftmost `*` stands for any labels.
        ttl: seconds.
        propagation: None leaves it to the settings.
    """

    name: str
    location: Location
    identifiers: tuple[str, ...]
    service: DnsService
    ttl: int = 60
    propagation: Propagation | None = None

    @property
    def type(self) -> str:
        """The word for its service."""
        return next(word for word, service in SERVICES.items() if isinstance(self.service, service))
