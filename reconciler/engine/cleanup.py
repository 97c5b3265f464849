"""Taking away what an order has put somewhere, and orders that nobody wants any more."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.engine.leftovers import bare, failures_to_take_away, note_leftovers
from reconciler.engine.presented import automatic_instructions
from reconciler.engine.problems import problem_of
from reconciler.errors import ProblemError, ReconcilerError, StateError
from reconciler.model.fulfillment import Way
from reconciler.model.order import CANCELLED, Stage, Status
from reconciler.model.problem import OWN_ERROR, Problem
from reconciler.model.role import ChallengeType
from reconciler.orders.machine import Word, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.ca.port import CertificateAuthority
    from reconciler.engine.work import Workplace
    from reconciler.model.account import Responder
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Order


def clean_up(place: Workplace, order: Order, responder: Responder) -> Problem | None:
    """Take away what was presented for an order and what was written for people, as far as it is there.

    What is left behind does no harm but to tidiness: it holds nothing up, and is remembered: the end of the
    run tries again, and tells of it. Returns what else went wrong, if anything.
    """
    # Before it waits for people, an order takes away what it has presented.
    waits = order.stage is Stage.AWAITING_CHALLENGE_FULFILLMENT
    try:
        take_away(place, order, () if waits else automatic_instructions(order, responder))
        place.store.remove_instructions(order.order_id)
    except StateError as error:
        return problem_of(error)
    return None


def take_away(place: Workplace, order: Order, presented: Sequence[Instruction]) -> None:
    """Take away what was presented; what must wait, or cannot be taken away, is written down.

    What is published in the DNS waits for the end of the run: then the records of a zone go together.

    Raises:
        StateError: it could not be written down.
    """
    left: list[Instruction] = []
    for each in presented:
        if each.challenge_type is ChallengeType.DNS_PERSIST_01 or _is_held_by_others(place, each):
            continue
        if each.method is not None and each.method.way is Way.DNS_PROVIDER:
            left.append(each)
        elif (problem := failures_to_take_away(place, [each]).get(each)) is not None:
            place.not_taken_away[bare(each)] = problem
            left.append(each)
    if left:
        note_leftovers(place.store, order, left)


def hold(place: Workplace, instruction: Instruction) -> None:
    """Note that an order presents something, which is then not taken away for another."""
    place.holders.setdefault(_shared(instruction), set()).add(instruction.order_id)


def _is_held_by_others(place: Workplace, instruction: Instruction) -> bool:
    holders = place.holders.get(_shared(instruction), set())
    holders.discard(instruction.order_id)
    return bool(holders)


def _shared(instruction: Instruction) -> Instruction:
    """Return what is the same for all orders that share an authorization."""
    return replace(bare(instruction), order_id="", certificate_name="")


def give_up_authorizations(place: Workplace, order: Order, ca: CertificateAuthority) -> None:
    """Deactivate the authorizations of an order that are not valid yet (RFC 8555 section 7.5.2).

    Those that another open order shares are left to that. What the CA does not know any more is no error.

    Raises:
        CAUnavailableError, ProtocolError: the CA cannot be asked, or makes no sense.
    """
    sharing = place.store.open_orders_sharing(order.authorization_urls)
    others = (each for each in sharing if each.order_id != order.order_id)
    shared = {url for other in others for url in other.authorization_urls}
    for url in order.authorization_urls:
        if url in shared:
            continue
        with suppress(ProblemError):
            if ca.read_authorization(url).status is Status.PENDING:
                ca.deactivate_authorization(url)


def cancel(place: Workplace, order: Order, ca: CertificateAuthority | None, responder: Responder) -> Order:
    """Give up an open order because somebody says so; no other is made before somebody says that.

    Args:
        place: store, clock, fulfillers.
        order: an open one.
        ca: as the order's account sees it; None where that cannot be used: the CA then lets the order expire.
        responder: the account that it was made through.

    Returns:
        the order as it is now, in the place where it was.

    Raises:
        ReconcilerError: the CA issues the certificate already, or has done so.
        CAUnavailableError, ProtocolError: the CA cannot be asked; the order is as it was.
        StateError: it could not be written.
    """
    stage = told(order.stage, Word.CANCELLED)
    if ca is not None:
        _refuse_if_issued(order, ca)
        give_up_authorizations(place, order, ca)
    clean_up(place, order, responder)
    problem = Problem(CANCELLED, "the order was cancelled")
    order = replace(
        order, stage=stage, last_error=problem, next_work_date=None, last_update=place.clock.now()
    )
    place.store.save_order(order)
    return order


def _refuse_if_issued(order: Order, ca: CertificateAuthority) -> None:
    """A certificate that exists is to be known, and not only to the CA."""
    status = None
    with suppress(ProblemError):
        status = ca.read_order(order.order_url).status if order.order_url else None
    if status in (Status.PROCESSING, Status.VALID):
        raise ReconcilerError(
            f"the CA says that the order {order.order_id} is {status}: its certificate is issued; let apply "
            "fetch it, and then revoke it: `reconciler order revoke`"
        )


def abandon(place: Workplace, order: Order, responder: Responder) -> None:
    """Give an order up, and archive it. The CA lets it expire.

    Raises:
        StateError: it could not be archived; the order is still there.
    """
    clean_up(place, order, responder)
    if order.is_open:
        problem = Problem(
            f"{OWN_ERROR}superseded", "the tree asked for something else before this order was done"
        )
        now = place.clock.now()
        place.store.save_order(replace(order, stage=Stage.ERROR, last_error=problem, last_update=now))
    place.store.archive_order(order.order_id)
