"""Taking away what an order has put somewhere, and orders that nobody wants any more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.engine.problems import problem_of
from reconciler.errors import ChallengeError, StateError
from reconciler.model.order import Stage
from reconciler.model.problem import OWN_ERROR, Problem
from reconciler.orders.instructions import instructions_for

if TYPE_CHECKING:
    from reconciler.engine.work import Workplace
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Order


def automatic_instructions(place: Workplace, order: Order, thumbprint: str) -> list[Instruction]:
    """Return what the program itself has to do for the challenges of an order."""
    return [
        instruction
        for instruction in instructions_for(order, thumbprint)
        if not instruction.by_hand and instruction.challenge_type in place.fulfillers
    ]


def clean_up(place: Workplace, order: Order, thumbprint: str) -> Problem | None:
    """Take away what was presented for an order and what was written for people, as far as it is there.

    What is left behind does no harm but to tidiness: it holds nothing up. Returns what went wrong, if
    anything.
    """
    failure = None
    for instruction in automatic_instructions(place, order, thumbprint):
        try:
            place.fulfillers[instruction.challenge_type].clean_up(instruction)
        except ChallengeError as error:
            failure = problem_of(error)
    try:
        place.store.remove_instructions(order.order_id)
    except StateError as error:
        failure = problem_of(error)
    return failure


def abandon(place: Workplace, order: Order, thumbprint: str) -> None:
    """Give an order up, and archive it. The CA lets it expire.

    Raises:
        StateError: it could not be archived; the order is still there.
    """
    clean_up(place, order, thumbprint)
    if order.is_open:
        problem = Problem(
            f"{OWN_ERROR}superseded", "the tree asked for something else before this order was done"
        )
        now = place.clock.now()
        place.store.save_order(replace(order, stage=Stage.ERROR, last_error=problem, last_update=now))
    place.store.archive_order(order.order_id)
