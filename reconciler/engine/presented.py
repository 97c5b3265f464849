"""What the program has to present for orders, and what it shows to the CA at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.account import NOBODY
from reconciler.model.order import Stage
from reconciler.model.role import DNS_TYPES
from reconciler.orders.instructions import instructions_for

if TYPE_CHECKING:
    from collections.abc import Hashable

    from reconciler.model.account import Responder
    from reconciler.model.fulfillment import Method
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Authorization, Order
    from reconciler.model.role import ChallengeType
    from reconciler.store import Store

_PRESENTED = (
    Stage.FULFILLING_CHALLENGES,
    Stage.PROPAGATING_CHALLENGES,
    Stage.NOTIFY_ACME_SERVER_CHALLENGES_COMPLETED,
    Stage.PROCESSING_CHALLENGE,
)


def automatic_instructions(order: Order, responder: Responder) -> list[Instruction]:
    """Return what the program itself has to do for the challenges of an order."""
    return [
        instruction
        for instruction in instructions_for(order, responder)
        if not instruction.by_hand and instruction.method is not None
    ]


def presents(authorization: Authorization) -> tuple[Method | None, ChallengeType | None, str | None]:
    """Return what is presented for an authorization: by what, for which challenge, and its key authorization.

    Where that changes, what was presented before has to be taken away.
    """
    return authorization.method, authorization.challenge_type, authorization.presented


def presents_alike(before: Order, after: Order) -> bool:
    """Say whether an order presents now what it presented before."""
    return list(map(presents, before.authorizations)) == list(map(presents, after.authorizations))


def shown(store: Store) -> set[Hashable]:
    """Return what open orders show to the CA, which may look at any time; see `what_is_shown`.

    An order that cannot be read is not gone on with; once it is, it shows anew what it has to.
    """
    return {
        what_is_shown(each)
        for order in store.orders_in(_PRESENTED)
        for each in automatic_instructions(order, NOBODY)
    }


def what_is_shown(instruction: Instruction) -> Hashable:
    """Return what the CA sees of an instruction, the same for all orders; of records, by whatever way."""
    place = None if instruction.challenge_type in DNS_TYPES else instruction.method
    return instruction.challenge_type, instruction.identifier.base, instruction.key_authorization, place
