"""Identities: who may prove to have asked for a certificate, and by which signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.model.finding import Location


class Entity(Struct, frozen=True):
    """A person, team or service, as the templates in `allowed_domains` see it.

    Attributes:
        id: `{{identity.entity.id}}`; stays when the name changes.
        name: `{{identity.entity.name}}`.
        metadata: `{{identity.entity.metadata.KEY}}`.
        groups: the names for which `{{identity.groups.names.GROUP}}` is filled, with the name itself.
    """

    id: str
    name: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()


class SigningKey(Struct, frozen=True):
    """An SSH key that signs commits (ssh-keygen(1), "ALLOWED SIGNERS").

    Attributes:
        public_key: key type and base64, as in an authorized_keys file: `ssh-ed25519 AAAA...`.
        fingerprint: `SHA256:...`, as ssh-keygen and Git show it.
        valid_after, valid_before: the time outside of which it proves nothing.
    """

    public_key: str
    fingerprint: str
    valid_after: datetime | None = None
    valid_before: datetime | None = None


class Identity(Struct, frozen=True):
    """`identities/NAME.yaml`: an entity, and the signatures that are its own.

    Attributes:
        name: of the file.
        gpg_fingerprints: of primary keys, in upper case without spaces.
    """

    name: str
    entity: Entity
    location: Location
    ssh_keys: tuple[SigningKey, ...] = ()
    gpg_fingerprints: tuple[str, ...] = ()
