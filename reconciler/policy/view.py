"""The policy as it is at one place: a commit, or the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.desired import Desired
    from reconciler.model.identity import Identity, SigningKey
    from reconciler.model.role import Role


class PolicyView(Struct, frozen=True):
    """Roles and identities as they are at one place.

    Attributes:
        where: the place, for sentences: `at origin/main`; empty where there is only one.
        commit: full hash; None where the policy is read from files.
        way_out: what to do where only this view denies, for it does not have the latest change yet; empty in
            the view that has it.
        signers: whose key it is, by the key's fingerprint; the key itself where it can expire (SSH).
        entities: identities by the ids of their entities.
    """

    where: str
    roles: Mapping[str, Role]
    commit: str | None = None
    way_out: str = ""
    signers: Mapping[str, tuple[Identity, SigningKey | None]] = field(default_factory=dict)
    entities: Mapping[str, Identity] = field(default_factory=dict)

    @classmethod
    def of(
        cls, desired: Desired, where: str = "", commit: str | None = None, *, way_out: str = ""
    ) -> PolicyView:
        """Return the policy of a tree."""
        signers: dict[str, tuple[Identity, SigningKey | None]] = {}
        for identity in desired.identities.values():
            signers |= {key.fingerprint: (identity, key) for key in identity.ssh_keys}
            signers |= dict.fromkeys(identity.gpg_fingerprints, (identity, None))
        entities = {identity.entity.id: identity for identity in desired.identities.values()}
        return cls(where, desired.roles, commit, way_out, signers, entities)
