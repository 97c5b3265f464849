"""What a person says of an order: that its challenges are fulfilled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.errors import ReconcilerError, UnknownResourceError
from reconciler.model.order import Stage, Status
from reconciler.model.role import ChallengeType
from reconciler.orders.machine import Outcome, advance

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from reconciler.model.order import Authorization, Order


FULFILLED_STAGES = frozenset(
    {
        Stage.FULFILLING_CHALLENGES,
        Stage.PROPAGATING_CHALLENGES,
        Stage.NOTIFY_ACME_SERVER_CHALLENGES_COMPLETED,
    }
)
"""People have nothing more to do in these: saying so once more changes nothing."""


def mark_fulfilled(
    order: Order,
    now: datetime,
    *,
    identifier: str | None = None,
    challenge_type: str | None = None,
    allowed: Collection[ChallengeType] = tuple(ChallengeType),
) -> Order:
    """Return `order` with the challenges of one identifier, or of all, said to be fulfilled by hand.

    Args:
        order: one that waits for people.
        now: the time.
        identifier: the canonical value of an identifier of the order; None means all.
        challenge_type: the challenge that was fulfilled, where it is not the one that was asked for.
        allowed: the types that role and certificate allow.

    Raises:
        ReconcilerError: the order does not wait for people, or for nothing like that.
    """
    if identifier is not None:
        require_identifier(order, identifier)
    if order.stage in {Stage.AWAITING_CHALLENGE_FULFILLMENT, *FULFILLED_STAGES}:
        _require_people(order, identifier)
    if order.stage in FULFILLED_STAGES:
        return order
    if order.stage is not Stage.AWAITING_CHALLENGE_FULFILLMENT:
        raise ReconcilerError(
            f"the order {order.order_id} does not wait for people: its stage is {order.stage}"
        )
    if challenge_type is not None and challenge_type not in allowed:
        types = ", ".join(allowed)
        raise ReconcilerError(
            f"{order.certificate_name} may be validated by {types}, not by {challenge_type}"
        )
    chosen = [each for each in _for_people(order) if identifier in (None, each.identifier.value)]
    marked = tuple(_mark(each, challenge_type) if each in chosen else each for each in order.authorizations)
    return replace(order, stage=_stage(order.stage, marked), authorizations=marked, last_update=now)


def has_had_people(order: Order) -> bool:
    """Say whether an order waits for people, or they have done all that they had to do."""
    return order.stage in {Stage.AWAITING_CHALLENGE_FULFILLMENT, *FULFILLED_STAGES} and bool(
        _for_people(order)
    )


def require_identifier(order: Order, identifier: str) -> None:
    """See to it that an order has an identifier, given by its canonical value.

    Raises:
        UnknownResourceError: it has not; says which ones it has.
    """
    there = [each.value for each in order.identifiers]
    if identifier not in there:
        raise UnknownResourceError(
            f"the order {order.order_id} has no {identifier}; it has {', '.join(there)}"
        )


def _for_people(order: Order) -> list[Authorization]:
    return [each for each in order.authorizations if each.by_hand and each.status is Status.PENDING]


def _require_people(order: Order, identifier: str | None) -> None:
    if any(identifier in (None, each.identifier.value) for each in _for_people(order)):
        return
    methods = dict.fromkeys(
        each.method.words
        for each in order.authorizations
        if each.method and each.status is Status.PENDING and identifier in (None, each.identifier.value)
    )
    what = f"{identifier} of the order {order.order_id}" if identifier else f"the order {order.order_id}"
    who = f"it is fulfilled by {', '.join(methods)}" if methods else "nothing has to be fulfilled"
    raise ReconcilerError(f"people have nothing to do for {what}: {who}")


def _stage(stage: Stage, authorizations: tuple[Authorization, ...]) -> Stage:
    unfulfilled = [each for each in authorizations if each.is_unanswered and not each.fulfilled]
    if any(each.by_hand for each in unfulfilled):
        return stage
    return advance(stage, Outcome.AUTOMATIC if unfulfilled else Outcome.DONE)


def _mark(authorization: Authorization, challenge_type: str | None) -> Authorization:
    if challenge_type is None or challenge_type == authorization.challenge_type:
        return replace(authorization, fulfilled=True)
    if challenge_type not in {each.type for each in authorization.challenges}:
        offered = ", ".join(each.type for each in authorization.challenges)
        raise ReconcilerError(
            f"the CA offers no {challenge_type} for {authorization.identifier}; it offers {offered}"
        )
    return replace(authorization, challenge_type=ChallengeType(challenge_type), fulfilled=True)
