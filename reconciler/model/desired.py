"""The desired tree as a whole: what the files in Git ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.model.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.account import AccountSpec
    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.dns_provider import DnsProvider
    from reconciler.model.finding import Finding
    from reconciler.model.identity import Identity
    from reconciler.model.role import Role


class Desired(Struct, frozen=True):
    """All resources of a valid tree, by their names, and the warnings found on the way."""

    settings: Settings = field(default_factory=Settings)
    accounts: Mapping[str, AccountSpec] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    certificates: Mapping[str, CertificateSpec] = field(default_factory=dict)
    identities: Mapping[str, Identity] = field(default_factory=dict)
    dns_providers: Mapping[str, DnsProvider] = field(default_factory=dict)
    warnings: tuple[Finding, ...] = ()
