"""What was presented and is still to be taken away: remembered on disk until it is gone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.challenges.samples import far_apart_first
from reconciler.engine.presented import shown, what_is_shown
from reconciler.engine.problems import problem_of
from reconciler.errors import ChallengeError, StateError
from reconciler.model import events
from reconciler.model.instruction import Leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.challenges.port import Fulfiller
    from reconciler.engine.work import Workplace
    from reconciler.model.fulfillment import Method
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Order
    from reconciler.model.problem import Problem
    from reconciler.model.role import ChallengeType
    from reconciler.store import Store

_MOST_FAILURES_IN_A_ROW = 3


def note_leftovers(store: Store, order: Order, instructions: Sequence[Instruction]) -> None:
    """Write down what is to be taken away for an order, besides what is written down already.

    Raises:
        StateError: it could not be written.
    """
    noted = store.leftovers_of(order.order_id)
    known = noted.instructions if noted else ()
    both = tuple(dict.fromkeys((*known, *map(_bare, instructions))))
    if both != known:
        store.save_leftovers(Leftovers(order.order_id, order.certificate_name, both))


def remove_leftovers(place: Workplace) -> Iterator[events.CleanedUp | events.CleanUpFailed]:
    """Take away all that is written down, of all orders, what goes together in one go.

    What an open order shows to the CA by now, that of another order or in another way, stays until that ends.

    Yields:
        What became of each order's. What cannot be taken away stays written down, for the next run.

    Raises:
        StateError: the records cannot be read.
    """
    left = place.store.leftovers()
    noted = [each for of_order in left.values() for each in of_order.instructions]
    in_use = shown(place.store) if noted else set()
    needed = {each for each in noted if what_is_shown(each) in in_use}
    failures = _failures(place, [each for each in noted if each not in needed])
    for order_id, of_order in left.items():
        kept = tuple(each for each in of_order.instructions if each in failures or each in needed)
        problem = next((failures[each] for each in kept if each in failures), None)
        try:
            if kept != of_order.instructions:
                place.store.save_leftovers(replace(of_order, instructions=kept))
        except StateError as error:
            problem = problem_of(error)
        if problem is not None:
            yield events.CleanUpFailed(of_order.certificate_name, order_id, problem)
        elif not kept:
            yield events.CleanedUp(of_order.certificate_name, order_id)


def _failures(place: Workplace, instructions: Sequence[Instruction]) -> dict[Instruction, Problem]:
    groups: defaultdict[tuple[Method, ChallengeType], list[Instruction]] = defaultdict(list)
    failures: dict[Instruction, Problem] = {}
    for each in instructions:
        if each.method is not None:
            groups[each.method.bare, each.challenge_type].append(each)
    for (method, challenge_type), group in groups.items():
        try:
            fulfiller = place.fulfillers.of(method, challenge_type)
        except ChallengeError as error:
            failures |= dict.fromkeys(group, problem_of(error))
        else:
            failures |= _failures_of(fulfiller, group)
    return failures


def _failures_of(fulfiller: Fulfiller, group: Sequence[Instruction]) -> dict[Instruction, Problem]:
    """Clean up together; where that fails each alone, for one must not keep the others."""
    try:
        fulfiller.clean_up(group)
    except ChallengeError as error:
        if len(group) == 1:
            return {group[0]: problem_of(error)}
    else:
        return {}
    failures: dict[Instruction, Problem] = {}
    # The oldest are first, and those that could not be taken away before are among them.
    group = far_apart_first(group)
    for number, each in enumerate(group):
        try:
            fulfiller.clean_up([each])
        except ChallengeError as error:
            failures[each] = problem_of(error)
            if len(failures) == number + 1 >= _MOST_FAILURES_IN_A_ROW:
                return failures | dict.fromkeys(group[number + 1 :], failures[each])
    return failures


def _bare(instruction: Instruction) -> Instruction:
    """Without what is of no importance to who takes away, so that it is equal to what the record gives."""
    return replace(instruction, issuer_domain_names=(), by_hand=False, fulfilled=False, expires=None)
