"""Roles: who may have which names, by which challenges, with which keys, through which account."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.model.account import KeyType
from reconciler.model.finding import Location

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Network, IPv6Network

    from reconciler.model.places import Place


class ChallengeType(StrEnum):
    """How control over an identifier is shown (RFC 8555 section 8, RFC 8737).

    The last two are drafts: draft-ietf-acme-dns-account-label, draft-ietf-acme-dns-persist.
    """

    HTTP_01 = "http-01"
    DNS_01 = "dns-01"
    TLS_ALPN_01 = "tls-alpn-01"
    DNS_ACCOUNT_01 = "dns-account-01"
    DNS_PERSIST_01 = "dns-persist-01"


DNS_TYPES = frozenset({ChallengeType.DNS_01, ChallengeType.DNS_ACCOUNT_01, ChallengeType.DNS_PERSIST_01})
"""The challenges that are fulfilled in the DNS: for wildcards, and not for addresses."""

USUAL_TYPES = (ChallengeType.HTTP_01, ChallengeType.DNS_01, ChallengeType.TLS_ALPN_01)
"""What a role allows that says nothing: the seed system's three. The drafts are to be allowed by name."""


class DomainOption(StrEnum):
    """`allowed_domain_options` of a role."""

    BARE_DOMAINS = "bare_domains"
    SUBDOMAINS = "subdomains"
    WILDCARDS = "wildcards"
    GLOBS = "globs"


class IdentifierPopulation(StrEnum):
    """`csr_identifier_population`: where the identifiers go in a CSR of ours."""

    CN_FIRST = "cn_first"
    SANS_ONLY = "sans_only"


class Role(Struct, frozen=True, weakref=True):
    """`roles/NAME.yaml`: a policy. Field names and defaults are the seed system's, where it has them.

    Attributes:
        account_place: where `acme_account_name` is, or what finds it once somebody asks.
        denied_domains: names that are denied, with all below them, whatever else allows them.
        allowed_ip_ranges: the addresses that are allowed; no entry of `allowed_domains` allows any.
        allowed_profiles: the CA's profiles that may be asked for, the default first; empty: any, or none.
        max_identifiers: how many a certificate may have; None: as many as the CA takes.
        allowed_key_types: the kinds of keys that a certificate may ask for, or bring with its CSR; empty:
            `csr_generate_key_type`, and any with a CSR.
        preferred_chain: the common name of an issuer in the chain that is wanted, for certificates that name
            none.
        previous_acme_account_name: the account that certificates were ordered through before; says that the
            change of the account is meant.
        fulfillment: for a type of challenge, the DNS provider by its name, or `manual`; a certificate's own
            goes before it.
    """

    name: str
    acme_account_name: str
    location: Location
    account_place: Location | Place
    allowed_domains: tuple[str, ...] = ()
    allowed_domain_options: frozenset[DomainOption] = frozenset()
    allowed_challenge_types: tuple[ChallengeType, ...] = USUAL_TYPES
    csr_generate_key_type: KeyType = KeyType.EC_256
    csr_identifier_population: IdentifierPopulation = IdentifierPopulation.CN_FIRST
    denied_domains: tuple[str, ...] = ()
    allowed_ip_ranges: tuple[IPv4Network | IPv6Network, ...] = ()
    allowed_profiles: tuple[str, ...] = ()
    max_identifiers: int | None = None
    allowed_key_types: tuple[KeyType, ...] = ()
    preferred_chain: str | None = None
    previous_acme_account_name: str | None = None
    fulfillment: Mapping[ChallengeType, str] = field(default_factory=dict)

    @property
    def acme_account_name_location(self) -> Location:
        """The place of `acme_account_name`, for findings."""
        return self.account_place if isinstance(self.account_place, Location) else self.account_place.location

    def __hash__(self) -> int:
        # Roles are keys of caches; the rest, some of which cannot be hashed, is left to the comparison.
        return hash(self.name)
