"""Roles of many entries, and certificates with names that they allow, or do not."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from reconciler.model.certificate import CertificateSpec
from reconciler.model.desired import Desired
from reconciler.model.evidence import Signature
from reconciler.model.finding import Location
from reconciler.model.identifier import parse_identifier
from reconciler.model.identity import Entity, Identity
from reconciler.model.role import DomainOption, Role
from reconciler.policy import PolicyView

if TYPE_CHECKING:
    from collections.abc import Sequence

ASKERS = 5
_VARIABLE = "{{identity.entity.name}}"
_BASE = "role-ROLE.example.com"
_ZONE, _ABSENT = f"zone-ENTRY.{_BASE}", f"absent-ENTRY.{_BASE}"


@dataclass(frozen=True, slots=True)
class Mix:
    """One kind of entries. `ENTRY`, `ROLE`, `NUMBER` and `ENTITY` in the texts stand for numbers.

    Attributes:
        entry: what the role says.
        allowed: a name that this very entry allows.
        denied: a name that is like it, and that no entry allows.
        is_anew: whether each certificate is asked for by somebody else; otherwise there are a few who ask.
        is_linear: whether entries are tried one by one, for nothing in them says which of them to try.
    """

    name: str
    option: DomainOption
    entry: str
    allowed: str
    denied: str
    is_anew: bool = False
    is_linear: bool = False

    @property
    def glob(self) -> str:
        """What the entry allows, as a pattern; a template is filled."""
        filled = self.entry.replace(_VARIABLE, "user-ENTITY")
        return f"*.{filled}" if self.option is DomainOption.SUBDOMAINS else filled


_TEMPLATES = (
    DomainOption.BARE_DOMAINS,
    f"{_VARIABLE}.{_ZONE}",
    f"user-ENTITY.{_ZONE}",
    f"another-NUMBER.{_ZONE}",
)
MIXES = (
    Mix(
        "exact names", DomainOption.BARE_DOMAINS, f"a-ENTRY.{_BASE}", f"a-ENTRY.{_BASE}", f"b-NUMBER.{_BASE}"
    ),
    Mix("subdomains", DomainOption.SUBDOMAINS, _ZONE, f"www.n-NUMBER.{_ZONE}", f"www.n-NUMBER.{_ABSENT}"),
    Mix("globs *.X", DomainOption.GLOBS, f"*.{_ZONE}", f"www.n-NUMBER.{_ZONE}", f"www.n-NUMBER.{_ABSENT}"),
    Mix("globs api-*.X", DomainOption.GLOBS, f"api-*.{_ZONE}", f"api-NUMBER.{_ZONE}", f"web-NUMBER.{_ZONE}"),
    Mix(
        "globs api-N-*.X, one X",
        DomainOption.GLOBS,
        f"api-ENTRY-*.{_BASE}",
        f"api-ENTRY-NUMBER.{_BASE}",
        f"web-ENTRY-NUMBER.{_BASE}",
    ),
    Mix(
        "globs *-N-*.X, one X",
        DomainOption.GLOBS,
        f"*-ENTRY-*.{_BASE}",
        f"api-ENTRY-NUMBER.{_BASE}",
        f"api-NUMBER.{_BASE}",
        is_linear=True,
    ),
    Mix(f"templates, {ASKERS} ask", *_TEMPLATES),
    Mix("templates, each by another", *_TEMPLATES, is_anew=True),
    Mix(
        "templates, one X, each by another",
        DomainOption.BARE_DOMAINS,
        f"{_VARIABLE}-ENTRY.{_BASE}",
        f"user-ENTITY-ENTRY.{_BASE}",
        f"another-NUMBER-ENTRY.{_BASE}",
        is_anew=True,
        is_linear=True,
    ),
)


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
    return CertificateSpec(name, role, identifiers, location, (location,) * len(identifiers))


def _numbered(text: str, entry: int, role: int) -> str:
    return text.replace("ENTRY", str(entry)).replace("ROLE", str(role))
