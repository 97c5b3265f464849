"""`reconciler.yaml`: the settings of a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.model.dns_provider import Propagation
from reconciler.model.permissions import OutputPermissions
from reconciler.model.safety import Safety

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.encryption import Encryption
    from reconciler.model.fulfillment import ConfiguredMethod
    from reconciler.model.renewal import RenewalRule
    from reconciler.model.role import ChallengeType


class Settings(Struct, frozen=True):
    """The settings; every one has a default.

    Attributes:
        state: the state directory, relative to the root of the tree or absolute.
        output: the folder for certificates, likewise.
        challenges: what fulfils challenges of which types, the first that is for an identifier; what is not
            there is left to DNS providers and people.
        propagation: how it is seen to that the records of DNS challenges can be seen.
        renew: when certificates that say nothing themselves are renewed.
        trusted_ref: the Git ref that the policy of a pull request is read from; None trusts the files.
        encryption: who can read the private keys in the state; None: they are files in clear.
        safety: how much one run may change.
        output_permissions: who may read what is delivered.
    """

    state: str = "state"
    output: str = "certs"
    challenges: Mapping[ChallengeType, tuple[ConfiguredMethod, ...]] = field(default_factory=dict)
    propagation: Propagation = field(default_factory=Propagation)
    renew: RenewalRule | None = None
    trusted_ref: str | None = None
    encryption: Encryption | None = None
    safety: Safety = field(default_factory=Safety)
    output_permissions: OutputPermissions = field(default_factory=OutputPermissions)
