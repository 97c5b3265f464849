"""Finding the certificate that somebody wants: by role and identifiers, with enough of its life left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import UnknownResourceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from reconciler.model.certificate import Certificate
    from reconciler.model.renewal import RenewalRule


def find_cached(
    certificates: Iterable[Certificate],
    role: str,
    identifiers: Collection[str],
    least: RenewalRule | None,
    now: datetime,
) -> Certificate:
    """Return the certificate in force of a role for exactly these identifiers that lasts longest.

    Args:
        certificates: those in force.
        role: the name of the role that it was ordered by.
        identifiers: canonical values.
        least: how much of its life must be left: a time, or a part of the whole; None: anything.
        now: the time.

    Raises:
        UnknownResourceError: none qualifies; says what was there.
    """
    named = ", ".join(sorted(identifiers))
    found = [
        each
        for each in certificates
        if each.role_name == role and {one.value for one in each.identifiers} == set(identifiers)
    ]
    if not found:
        raise UnknownResourceError(f"no certificate of the role {role} is for exactly {named}")
    good = [each for each in found if each.revocation is None and now < each.not_after]
    if not good:
        raise UnknownResourceError(f"the certificate of the role {role} for {named} is expired or revoked")
    longest = max(good, key=lambda each: each.not_after)
    if least is not None and not _has_left(longest, least, now):
        raise UnknownResourceError(
            f"the certificate of the role {role} for {named} ends at {longest.not_after:%Y-%m-%d %H:%M} UTC, "
            "which is less than is asked for"
        )
    return longest


def _has_left(certificate: Certificate, least: RenewalRule, now: datetime) -> bool:
    left = certificate.not_after - now
    if least.duration is not None:
        return left >= least.duration
    return left >= (certificate.not_after - certificate.not_before) * (least.fraction or 0.0)
