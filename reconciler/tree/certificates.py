"""From documents to certificates: each with its role, its identifiers and their places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reconciler.errors import InvalidIdentifierError
from reconciler.model.certificate import CertificateSpec
from reconciler.model.fulfillment import MANUAL
from reconciler.model.identifier import Identifier, parse_identifier
from reconciler.model.role import ChallengeType
from reconciler.policy import challenge_problems
from reconciler.tree.build import build_renewal
from reconciler.tree.certificate_fields import own_fields
from reconciler.tree.csr import read_given_request
from reconciler.tree.fulfillment import build_fulfillment, check_coverage
from reconciler.tree.places import FilePlaces
from reconciler.tree.references import check_reference
from reconciler.tree.scripts import warn_of_mixed_scripts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.model.desired import Desired
    from reconciler.model.dns_provider import DnsProvider
    from reconciler.model.role import Role
    from reconciler.model.settings import Settings
    from reconciler.tree.document import Document, Path


class Known(Struct, frozen=True):
    """What certificates refer to.

    Attributes:
        roles, providers: those that could be read, by name.
        role_names, provider_names: of all, those of files with errors included.
        settings: for what a certificate leaves open.
    """

    roles: Mapping[str, Role]
    role_names: Collection[str]
    providers: Mapping[str, DnsProvider]
    provider_names: Collection[str]
    settings: Settings


def build_certificate(document: Document, known: Known, root: str) -> CertificateSpec | None:
    """Return a requested certificate; None if its role is unknown or not to be used.

    Args:
        document: the certificate's file.
        known: what it may refer to.
        root: the real path of the tree's root.
    """
    role = known.roles.get(check_reference(document, "role", "role", known.role_names))
    identifiers = _identifiers(document)
    request = read_given_request(document, root)
    if request is not None:
        identifiers = dict.fromkeys(request.identifiers, request.path)
    for identifier, path in identifiers.items():
        warn_of_mixed_scripts(document, path, identifier.value)
    challenge = document.value.get("challenge_type")
    challenge_type = ChallengeType(challenge) if challenge else None
    renew = build_renewal(document)
    fulfillment = build_fulfillment(document, known.provider_names)
    if role is None:
        return None
    for problem in challenge_problems(role, challenge_type, identifiers):
        path = identifiers[problem.identifier] if problem.identifier else ("challenge_type",)
        document.source.error(problem.code, problem.message, document.node(*path), problem.hint)
    spec = CertificateSpec(
        name=document.name,
        role=role,
        identifiers=tuple(identifiers),
        location=document.location,
        places=FilePlaces(document.source.path, document.source.text, len(identifiers)),
        challenge_type=challenge_type,
        renew=renew or known.settings.renew,
        csr=request.pem if request else None,
        csr_key_type=request.key_type if request else None,
        csr_digest=request.digest if request else None,
        fulfillment=fulfillment,
        **own_fields(document),
    )
    check_coverage(document, spec, identifiers, known.providers)
    return spec


def under_other(spec: CertificateSpec, before: Settings, there: Desired) -> CertificateSpec | None:
    """Return what the same file asks for in another tree; None if it is wrong there.

    Args:
        spec: as it was built.
        before: the settings that it was built with.
        there: the other tree, valid; its roles, DNS providers and settings count.
    """
    role = there.roles.get(spec.role.name)
    if role is None or not {*there.dns_providers, MANUAL}.issuperset(spec.fulfillment.values()):
        return None
    if role != spec.role and any(challenge_problems(role, spec.challenge_type, spec.identifiers)):
        return None
    # The very object: what a certificate says itself is its own, though it may be equal.
    renew = there.settings.renew if spec.renew is before.renew else spec.renew
    return replace(spec, role=role, renew=renew)


def _identifiers(document: Document) -> dict[Identifier, Path]:
    """Return the identifiers, in their order, with what leads to their places."""
    identifiers: dict[Identifier, Path] = {}
    for path, text in document.items("identifiers"):
        try:
            identifier = parse_identifier(text)
        except InvalidIdentifierError as error:
            document.source.error("invalid-identifier", str(error), document.node(*path), _hint_for(text))
            continue
        first = identifiers.setdefault(identifier, path)
        if first is not path:
            line = document.node(*first).line
            message = f"`{text}` is there twice (as `{identifier.text}`); the first is in line {line}"
            document.source.error(
                "duplicate-identifier", message, document.node(*path), "remove one of the two"
            )
    return identifiers


def _hint_for(text: str) -> str | None:
    if "://" in text:
        return "write the name only, without https:// and path"
    if "," in text or " " in text:
        return "one item of the list is one name"
    if "/" in text:
        return "write the name only, without port and path"
    return None
