"""Which challenge of an authorization is to be fulfilled, and whether by the program or by a person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.order import Status
from reconciler.model.problem import OWN_ERROR, Problem
from reconciler.model.role import ChallengeType

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reconciler.model.order import Authorization

_UNDER_WAY = frozenset({Status.PROCESSING, Status.VALID})


def choose_challenge(
    authorization: Authorization, wanted: Sequence[ChallengeType], automatic: Collection[ChallengeType]
) -> Authorization:
    """Return a pending authorization with its challenge chosen; any other as it is.

    What the program can fulfil goes before what people must do; otherwise the order of `wanted` decides. A
    challenge that the CA is already looking at stays chosen. Where nothing fits, `challenge_type` is None.

    Args:
        authorization: as the CA has answered it.
        wanted: the types that are allowed, the most wanted first.
        automatic: the types that the program can fulfil.
    """
    if authorization.status is not Status.PENDING:
        return authorization
    for challenge in authorization.challenges:
        if challenge.status in _UNDER_WAY and challenge.type in wanted:
            return replace(
                authorization, challenge_type=ChallengeType(challenge.type), fulfilled=True, answered=True
            )
    offered = {challenge.type for challenge in authorization.challenges}
    possible = [each for each in wanted if each in offered and _fits(each, authorization)]
    if not possible:
        return replace(authorization, challenge_type=None)
    chosen = next((each for each in possible if each in automatic), possible[0])
    return replace(authorization, challenge_type=chosen, by_hand=chosen not in automatic)


def no_challenge_fits(authorization: Authorization, wanted: Sequence[ChallengeType]) -> Problem:
    """Return the problem of an authorization for which no challenge could be chosen."""
    offered = ", ".join(sorted(challenge.type for challenge in authorization.challenges)) or "none"
    return Problem(
        type=f"{OWN_ERROR}noUsableChallenge",
        detail=f"the CA offers {offered}; the role and the certificate allow {', '.join(wanted)}",
        identifier=authorization.identifier.value,
    )


def _fits(challenge_type: ChallengeType, authorization: Authorization) -> bool:
    # RFC 8555 section 7.1.3 leaves wildcards to DNS challenges; RFC 8738 section 7 keeps addresses from
    # dns-01.
    if authorization.identifier.is_wildcard:
        return challenge_type is ChallengeType.DNS_01
    return authorization.identifier.type == "dns" or challenge_type is not ChallengeType.DNS_01
