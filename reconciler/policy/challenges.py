"""The challenges of a certificate: allowed by its role, and such that a CA issues by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.role import DNS_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.model.identifier import Identifier
    from reconciler.model.role import ChallengeType, Role


class ChallengeProblem(Struct, frozen=True):
    """Why a certificate, or one of its identifiers, cannot be had.

    Attributes:
        code: a stable word for programs.
        message: what is wrong, in one sentence.
        hint: what to do about it.
        identifier: which one; None where it is the certificate's `challenge_type`.
    """

    code: str
    message: str
    hint: str
    identifier: Identifier | None = None


def challenge_problems(
    role: Role, challenge_type: ChallengeType | None, identifiers: Iterable[Identifier], where: str = ""
) -> Iterator[ChallengeProblem]:
    """Yield what is wrong with the challenges by which a certificate would have to be had.

    Wildcards are issued by DNS challenges only (Baseline Requirements, sections 3.2.2.4.19 and 3.2.2.4.20),
    addresses by all others (RFC 8738 section 7).

    Args:
        role: whose `allowed_challenge_types` count.
        challenge_type: the one that the certificate asks for; None leaves it to the role.
        identifiers: the certificate's.
        where: the place of this version of the role, for sentences: ` at origin/main`.
    """
    allowed = role.allowed_challenge_types
    if challenge_type is not None and challenge_type not in allowed:
        yield ChallengeProblem(
            "challenge-not-allowed",
            f"the role `{role.name}`{where} does not allow the challenge `{challenge_type}`",
            f"it allows {', '.join(f'`{each}`' for each in allowed)}",
        )
        return
    usable = {challenge_type} if challenge_type else set(allowed)
    if challenge_type:
        only, hint = f"`challenge_type` is `{challenge_type}`", "change `challenge_type`, or remove it"
    else:
        only = f"the role `{role.name}`{where} allows only {' and '.join(f'`{each}`' for each in allowed)}"
        hint = f"`allowed_challenge_types` in {role.location.path} decides"
    for identifier in identifiers:
        if identifier.is_wildcard and DNS_TYPES.isdisjoint(usable):
            message = f"a wildcard (`{identifier.text}`) needs a DNS challenge, and {only}"
            yield ChallengeProblem("wildcard-needs-dns-01", message, hint, identifier)
        elif identifier.type == "ip" and usable <= DNS_TYPES:
            message = f"an address (`{identifier}`) cannot be had by DNS challenges, and {only}"
            yield ChallengeProblem("address-without-dns-01", message, hint, identifier)
