"""The steps by which challenges are fulfilled, and the CA told of it (RFC 8555 sections 7.5.1 and 8)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.engine.authorize import together
from reconciler.engine.cleanup import hold, take_away
from reconciler.engine.methods import choose
from reconciler.engine.presented import automatic_instructions, presents, presents_alike
from reconciler.errors import ChallengeError, ProblemError, ProtocolError
from reconciler.model.order import Status
from reconciler.orders.choice import no_challenge_fits
from reconciler.orders.machine import Outcome

if TYPE_CHECKING:
    from reconciler.challenges.port import Fulfiller
    from reconciler.engine.work import Work
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Authorization, Order

Result = tuple["Order", Outcome]


def await_fulfillment(work: Work, order: Order) -> Result:
    """See whether people have said of each challenge of theirs that it is fulfilled; no request."""
    order = _chosen_anew(work, order)
    return order, _what_is_left(order) or Outcome.DONE


def present_challenges(work: Work, order: Order) -> Result:
    """Fulfil what the program fulfils itself; only what was presented here counts as fulfilled."""
    before, order = order, _chosen_anew(work, order)
    left = _what_is_left(order)
    if left is Outcome.FAILED:
        return order, left
    if left is Outcome.WAITING:
        # Others may have been presented in this stage: they would stand around while people take their time.
        take_away(work.place, order, automatic_instructions(order, work.responder))
        return order, Outcome.BY_HAND
    if not presents_alike(before, order):
        # What is to be presented is on disk before it is.
        return order, Outcome.AGAIN
    presented = set()
    for instruction, fulfiller in _automatic(work, order):
        hold(work.place, instruction)
        fulfiller.present(instruction)
        presented.add(instruction.identifier)
    authorizations = (
        replace(each, fulfilled=True) if each.identifier in presented else each
        for each in order.authorizations
    )
    return replace(order, authorizations=tuple(authorizations)), Outcome.DONE


def present_anew(work: Work, order: Order) -> None:
    """Present again what has gone with the process that had presented it, for a CA that may look at it.

    Raises:
        ChallengeError: it cannot be presented again.
    """
    for instruction, fulfiller in _living_here(work, order):
        fulfiller.present(instruction)


def lives_here(work: Work, order: Order) -> bool:
    """Say whether something that the order presents would not be there if this process ended now."""
    return bool(_living_here(work, order))


def check_challenges(work: Work, order: Order) -> Result:
    """Wait until what was presented can be seen."""
    work.unseen.clear()
    for instruction, fulfiller in _automatic(work, order):
        missing = fulfiller.missing(instruction)
        if missing is not None:
            work.unseen.append(missing)
            return order, Outcome.WAITING
    return order, Outcome.DONE


def answer_challenges(work: Work, order: Order) -> Result:
    """Tell the CA that the challenges are ready (RFC 8555 section 7.5.1)."""
    answered = (_answer(work, each) if each.is_unanswered else each for each in order.authorizations)
    return replace(order, authorizations=tuple(answered)), Outcome.DONE


def _answer(work: Work, authorization: Authorization) -> Authorization:
    challenge = authorization.challenge
    if challenge is None:
        raise ProtocolError(f"the CA offers no {authorization.challenge_type} for {authorization.identifier}")
    try:
        work.ca.answer_challenge(challenge.url)
    except ProblemError:
        # A challenge told of before, by a run that was killed then, is refused now. The rest is an error.
        current = work.ca.read_authorization(authorization.url)
        waiting = any(
            each.type == challenge.type and each.status is Status.PENDING for each in current.challenges
        )
        if current.status is Status.PENDING and waiting:
            raise
    return replace(authorization, answered=True)


def _automatic(work: Work, order: Order) -> list[tuple[Instruction, Fulfiller]]:
    fulfillers = work.place.fulfillers
    return [
        (each, fulfillers.of(each.method, each.challenge_type))
        for each in automatic_instructions(order, work.responder)
        if each.method is not None
    ]


def _living_here(work: Work, order: Order) -> list[tuple[Instruction, Fulfiller]]:
    found = []
    for each in automatic_instructions(order, work.responder):
        hold(work.place, each)
        # What cannot even be made (the tree has it no more) has nothing in this process.
        with suppress(ChallengeError):
            fulfiller = work.place.fulfillers.of(each.method, each.challenge_type) if each.method else None
            if fulfiller is not None and fulfiller.lives_here(each):
                found.append((each, fulfiller))
    return found


def _chosen_anew(work: Work, order: Order) -> Order:
    """Choose again where the choice no longer holds.

    What was to be done by hand may be automatic by now (a webroot was configured), or the other way round;
    role and certificate may allow other types. What people have fulfilled, and may, stays. What was presented
    in another way is taken away.
    """
    wanted = work.spec.challenge_types

    def chosen(authorization: Authorization) -> Authorization:
        done_by_hand = authorization.by_hand and authorization.fulfilled
        if authorization.answered or (done_by_hand and authorization.challenge_type in wanted):
            return authorization
        return choose(work, order, replace(authorization, fulfilled=False))

    authorizations = tuple(chosen(each) for each in order.authorizations)
    before = {each.identifier: each for each in automatic_instructions(order, work.responder)}
    for each in authorizations:
        was = before.get(each.identifier)
        if was is not None and (was.method, was.challenge_type, was.key_authorization) != presents(each):
            take_away(work.place, order, [was])
    unfit = [
        no_challenge_fits(each, wanted)
        for each in authorizations
        if each.is_unanswered and each.challenge_type is None
    ]
    return replace(order, authorizations=authorizations, last_error=together(unfit) if unfit else None)


def _what_is_left(order: Order) -> Outcome | None:
    if order.last_error is not None:
        return Outcome.FAILED
    unfulfilled = [each for each in order.authorizations if each.is_unanswered and not each.fulfilled]
    if any(each.by_hand for each in unfulfilled):
        return Outcome.WAITING
    return Outcome.AUTOMATIC if unfulfilled else None
