"""What a role bounds of a certificate as a whole: how many identifiers, which profile, which challenge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.role import Role


def out_of_bounds(spec: CertificateSpec, role: Role, where: str = "") -> Iterator[Finding]:
    """Yield what a role denies of a certificate, whatever its identifiers are.

    Args:
        spec: the certificate.
        role: the role, which may be another version of the certificate's own.
        where: the place of that version, for sentences: ` at origin/main`.
    """
    limit, number = role.max_identifiers, len(spec.identifiers)
    if limit is not None and number > limit:
        yield Finding(
            "too-many-identifiers",
            f"the role `{role.name}`{where} allows {limit} identifiers a certificate, and this has {number}",
            spec.identifier_locations[limit],
            hint="split the certificate",
        )
    if spec.profile is not None and role.allowed_profiles and spec.profile not in role.allowed_profiles:
        yield _not_allowed(spec, role, where, "profile", spec.profile, role.allowed_profiles)
    if spec.challenge_type is not None and spec.challenge_type not in role.allowed_challenge_types:
        yield _not_allowed(spec, role, where, "challenge", spec.challenge_type, role.allowed_challenge_types)


def _not_allowed(
    spec: CertificateSpec, role: Role, where: str, what: str, asked: str, allowed: Iterable[str]
) -> Finding:
    return Finding(
        f"{what}-not-allowed",
        f"the role `{role.name}`{where} does not allow the {what} `{asked}`",
        spec.location,
        hint=f"it allows {', '.join(f'`{each}`' for each in allowed)}",
    )
