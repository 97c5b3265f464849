"""What was presented and is still to be taken away: remembered on disk until it is gone."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.engine.presented import shown, what_is_shown
from reconciler.engine.problems import NO_TIME, problem_of
from reconciler.errors import StateError
from reconciler.model import events
from reconciler.model.instruction import Leftovers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from reconciler.challenges.port import Fulfiller
    from reconciler.engine.work import Workplace
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Order
    from reconciler.model.problem import Problem
    from reconciler.store import Store


CLEAN_UP_SECONDS = 60.0
"""How long a run, or a command, takes for it at most."""


def note_leftovers(store: Store, order: Order, instructions: Sequence[Instruction]) -> None:
    """Write down what is to be taken away for an order, besides what is written down already.

    Raises:
        StateError: it could not be written.
    """
    noted = store.leftovers_of(order.order_id)
    known = noted.instructions if noted else ()
    both = tuple(dict.fromkeys((*known, *map(bare, instructions))))
    if both != known:
        store.save_leftovers(Leftovers(order.order_id, order.certificate_name, both))


def remove_leftovers(
    place: Workplace, seconds: float, certificates: Collection[str] | None = None
) -> Iterator[events.CleanedUp | events.CleanUpFailed]:
    """Take away what is written down, of all orders, what goes together in one go.

    What an open order still presents stays; so does what could not be taken away a moment ago.

    Args:
        place: of the run.
        seconds: after which nothing more is begun; it is left to the next run.
        certificates: by name, those whose orders are looked at; None: all.

    Yields:
        What became of each order's. What cannot be taken away stays written down, for the next run.

    Records that cannot be read are left alone.
    """
    noted = place.store.leftovers(flawed=[])
    left = {
        order_id: each
        for order_id, each in noted.items()
        if certificates is None or each.certificate_name in certificates
    }
    if not left:
        return
    needed = shown(place.store)
    wanted = [
        each
        for of_order in left.values()
        for each in of_order.instructions
        if each not in place.not_taken_away and what_is_shown(each) not in needed
    ]
    until = place.clock.monotonic() + seconds
    failures = failures_to_take_away(place, wanted, lambda: place.clock.monotonic() < until)
    failures |= place.not_taken_away
    for of_order in left.values():
        yield from _told(place.store, of_order, frozenset(wanted), failures)


def failures_to_take_away(
    place: Workplace, instructions: Sequence[Instruction], in_time: Callable[[], bool] = lambda: True
) -> dict[Instruction, Problem]:
    """Take away what was presented, what goes together in one go; return what could not be, and why."""
    groups: defaultdict[Fulfiller, list[Instruction]] = defaultdict(list)
    failures: dict[Instruction, Problem] = {}
    for each in instructions:
        if each.method is None:
            continue
        try:
            groups[place.fulfillers.of(each.method, each.challenge_type)].append(each)
        except Exception as error:  # noqa: BLE001 - one that cannot be made must not keep the others
            failures[each] = problem_of(error)
    for fulfiller, group in groups.items():
        if not in_time():
            failures |= dict.fromkeys(group, NO_TIME)
            continue
        try:
            failed = fulfiller.clean_up(group)
        except Exception as error:  # noqa: BLE001 - nor one that has a bug
            failures |= dict.fromkeys(group, problem_of(error))
        else:
            failures |= {each: problem_of(error) for each, error in failed.items()}
    return failures


def bare(instruction: Instruction) -> Instruction:
    """Return it without what is of no importance to who takes it away: equal to what a record gives back."""
    return replace(instruction, issuer_domain_names=(), by_hand=False, fulfilled=False, expires=None)


def _told(
    store: Store, of_order: Leftovers, tried: frozenset[Instruction], failures: dict[Instruction, Problem]
) -> Iterator[events.CleanedUp | events.CleanUpFailed]:
    """Write down what is still to be done for an order, and tell of it."""
    rest = tuple(each for each in of_order.instructions if each in failures or each not in tried)
    problem = next((failures[each] for each in rest if each in failures), None)
    try:
        if rest != of_order.instructions:
            store.save_leftovers(replace(of_order, instructions=rest))
    except StateError as error:
        problem = problem_of(error)
    if problem is not None:
        left = tuple(each for each in rest if each in failures)
        yield events.CleanUpFailed(of_order.certificate_name, of_order.order_id, problem, left)
    elif not rest:
        yield events.CleanedUp(of_order.certificate_name, of_order.order_id)
