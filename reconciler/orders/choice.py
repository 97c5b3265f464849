"""Which challenge of an authorization is to be fulfilled, and whether by the program or by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.model.order import Status
from reconciler.model.problem import OWN_ERROR, Problem
from reconciler.model.role import DNS_TYPES, ChallengeType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.fulfillment import Method
    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Authorization, Challenge

_UNDER_WAY = frozenset({Status.PROCESSING, Status.VALID})


def choose_challenge(
    authorization: Authorization,
    wanted: Sequence[ChallengeType],
    automatic: Mapping[ChallengeType, Method],
) -> Authorization:
    """Return a pending authorization with its challenge chosen; any other as it is.

    What the program can fulfil goes before what people must do; otherwise the order of `wanted` decides. A
    challenge that the CA is already looking at stays chosen. Where nothing fits, `challenge_type` is None.

    Args:
        authorization: as the CA has answered it.
        wanted: the types that are allowed, the most wanted first.
        automatic: the types that the program can fulfil for this identifier, and how.
    """
    if authorization.status is not Status.PENDING:
        return authorization
    for challenge in authorization.challenges:
        if challenge.status in _UNDER_WAY and challenge.type in wanted:
            return replace(
                authorization, challenge_type=ChallengeType(challenge.type), fulfilled=True, answered=True
            )
    offered = {challenge.type for challenge in authorization.challenges if _is_complete(challenge)}
    possible = [each for each in wanted if each in offered and fits(each, authorization.identifier)]
    chosen = preferred(possible, automatic)
    if chosen is None:
        return replace(authorization, challenge_type=None, method=None)
    method = automatic.get(chosen)
    return replace(authorization, challenge_type=chosen, by_hand=method is None, method=method)


def preferred(
    possible: Sequence[ChallengeType], automatic: Mapping[ChallengeType, Method]
) -> ChallengeType | None:
    """Return the type to take: the first that the program fulfils, or the first; None if there is none."""
    return next((each for each in possible if each in automatic), next(iter(possible), None))


def no_challenge_fits(authorization: Authorization, wanted: Sequence[ChallengeType]) -> Problem:
    """Return the problem of an authorization for which no challenge could be chosen."""
    offered = ", ".join(sorted(challenge.type for challenge in authorization.challenges)) or "none"
    return Problem(
        type=f"{OWN_ERROR}noUsableChallenge",
        detail=f"the CA offers {offered}; the role and the certificate allow {', '.join(wanted)}",
        identifier=authorization.identifier.value,
    )


def fits(challenge_type: ChallengeType, identifier: Identifier) -> bool:
    """Say whether a type of challenge can be for an identifier.

    RFC 8555 section 7.1.3 leaves wildcards to DNS challenges; RFC 8738 section 7 keeps addresses from them.
    """
    if identifier.is_wildcard:
        return challenge_type in DNS_TYPES
    return identifier.type == "dns" or challenge_type not in DNS_TYPES


def _is_complete(challenge: Challenge) -> bool:
    # One that is bound to the account by the record itself has no token (draft-ietf-acme-dns-persist).
    if challenge.type == ChallengeType.DNS_PERSIST_01:
        return bool(challenge.issuer_domain_names)
    return bool(challenge.token)
