"""Roles of many entries, and certificates with names that they allow, or do not."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from benchmarks.mixes import ASKERS
from reconciler.model.certificate import CertificateSpec
from reconciler.model.desired import Desired
from reconciler.model.evidence import Signature
from reconciler.model.finding import Location
from reconciler.model.identifier import parse_identifier
from reconciler.model.identity import Entity, Identity
from reconciler.model.places import KnownPlaces
from reconciler.model.role import Role
from reconciler.policy import PolicyView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.mixes import Mix


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of everything; `names` are those of a certificate, `entries` those of a role."""

    certificates: int
    names: int
    roles: int
    entries: int


@dataclass(frozen=True, slots=True)
class Case:
    """Roles, and certificates of which the names are all allowed, or all denied.

    Attributes:
        entries: for each name of each certificate, the entry of the role that it was made from.
        view: the policy.
        entities: who asks, by certificate.
        proofs: what proves that.
    """

    mix: Mix
    size: Size
    is_allowed: bool
    certificates: Sequence[CertificateSpec]
    entries: Sequence[Sequence[str]]
    view: PolicyView
    entities: Sequence[Entity]
    proofs: Sequence[Signature]

    def globs(self, number: int) -> tuple[str, ...]:
        """Return what may be had by who asks for a certificate, as patterns."""
        role, entity = self.certificates[number].role.name.removeprefix("role-"), self.entities[number].id
        glob = self.mix.glob.replace("ROLE", role).replace("ENTITY", entity)
        return tuple(glob.replace("ENTRY", str(entry)) for entry in range(self.size.entries))


def make_case(mix: Mix, size: Size, *, is_allowed: bool) -> Case:
    """Return roles that nobody has been asked about yet, and certificates that are spread over them."""
    random = Random(size.entries)
    roles = [_role(mix, number, size.entries) for number in range(size.roles)]
    identities = [_identity(number) for number in range(size.certificates if mix.is_anew else ASKERS)]
    specs, entries, entities = [], [], []
    for number in range(size.certificates):
        role = roles[number % len(roles)]
        entity = identities[(number if mix.is_anew else number // len(roles)) % len(identities)].entity
        chosen = random.choices(range(size.entries), k=size.names)
        text = (mix.allowed if is_allowed else mix.denied).replace("ENTITY", entity.id)
        texts = [
            _numbered(text, entry, number % len(roles)).replace("NUMBER", str(number * size.names + place))
            for place, entry in enumerate(chosen)
        ]
        specs.append(_spec(number, role, texts))
        entries.append([role.allowed_domains[entry] for entry in chosen])
        entities.append(entity)
    desired = Desired(
        roles={role.name: role for role in roles}, identities={each.name: each for each in identities}
    )
    proofs = [Signature("0" * 40, _fingerprint(entity.id)) for entity in entities]
    return Case(mix, size, is_allowed, specs, entries, PolicyView.of(desired), entities, proofs)


def _role(mix: Mix, number: int, entries: int) -> Role:
    name = f"role-{number}"
    location = Location(f"roles/{name}.yaml")
    texts = tuple(_numbered(mix.entry, entry, number) for entry in range(entries))
    return Role(name, "ca", location, location, texts, frozenset({mix.option}))


def _identity(number: int) -> Identity:
    entity = Entity(str(number), f"user-{number}")
    location = Location(f"identities/{entity.name}.yaml")
    return Identity(entity.name, entity, location, gpg_fingerprints=(_fingerprint(entity.id),))


def _fingerprint(entity_id: str) -> str:
    return entity_id.rjust(40, "0")


def _spec(number: int, role: Role, texts: Sequence[str]) -> CertificateSpec:
    name = f"service-{number}"
    location = Location(f"certificates/{name}.yaml")
    identifiers = tuple(map(parse_identifier, texts))
    return CertificateSpec(name, role, identifiers, location, KnownPlaces((location,) * len(identifiers)))


def _numbered(text: str, entry: int, role: int) -> str:
    return text.replace("ENTRY", str(entry)).replace("ROLE", str(role))
