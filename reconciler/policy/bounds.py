"""What a role bounds of a certificate beside its names: how many, which profile, by which challenges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.finding import Finding
from reconciler.policy.challenges import challenge_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.identifier import Identifier
    from reconciler.model.role import Role


def out_of_bounds(
    spec: CertificateSpec, role: Role, where: str = ""
) -> Iterator[tuple[Identifier | None, Finding]]:
    """Yield what a role denies of a certificate, whether or not it allows the names.

    Args:
        spec: the certificate.
        role: the role, which may be another version of the certificate's own.
        where: the place of that version, for sentences: ` at origin/main`.

    Yields:
        What it is about (None: the certificate as a whole), and the finding.
    """
    limit, number = role.max_identifiers, len(spec.identifiers)
    if limit is not None and number > limit:
        count = "1 identifier" if limit == 1 else f"{limit} identifiers"
        message = f"the role `{role.name}`{where} allows {count} a certificate, and this has {number}"
        place = spec.identifier_locations[limit]
        yield None, Finding("too-many-identifiers", message, place, hint="split the certificate")
    if spec.profile is not None and role.allowed_profiles and spec.profile not in role.allowed_profiles:
        message = f"the role `{role.name}`{where} does not allow the profile `{spec.profile}`"
        hint = f"it allows {', '.join(f'`{each}`' for each in role.allowed_profiles)}"
        yield None, Finding("profile-not-allowed", message, spec.place_of("profile"), hint=hint)
    # What is not asked for follows the role, whichever version of it.
    key_type = spec.csr_key_type or spec.wanted_key_type
    allowed = role.allowed_key_types or (() if spec.csr else (role.csr_generate_key_type,))
    if key_type is not None and allowed and key_type not in allowed:
        asked = "a CSR for a key" if spec.csr else "a key"
        message = f"the role `{role.name}`{where} does not allow {asked} of the type `{key_type}`"
        hint = f"it allows {', '.join(f'`{each}`' for each in allowed)}"
        place = spec.place_of("key_type", "csr", "csr_file")
        yield None, Finding("key-type-not-allowed", message, place, hint=hint)
    for problem in challenge_problems(role, spec.challenge_type, spec.identifiers, where):
        place = spec.place_of("challenge_type")
        if problem.identifier is not None:
            place = spec.identifier_locations[spec.identifiers.index(problem.identifier)]
        yield problem.identifier, Finding(problem.code, problem.message, place, hint=problem.hint)
