"""Which challenge of an authorization is fulfilled, and how, with what only the DNS knows."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.challenges.instructions import dns_instruction
from reconciler.errors import ChallengeError
from reconciler.model.fulfillment import MANUAL, Method, Way
from reconciler.model.role import DNS_TYPES, ChallengeType
from reconciler.orders.choice import choose_challenge, fits
from reconciler.orders.instructions import instruction_for
from reconciler.orders.methods import automatic_method, chosen_fulfillment, covering_provider

if TYPE_CHECKING:
    from reconciler.engine.work import Work
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Authorization, Order


def choose(work: Work, order: Order, authorization: Authorization) -> Authorization:
    """Return an authorization with its challenge chosen, how it is fulfilled, and what is presented for it.

    Raises:
        ChallengeError: the DNS has to be asked, and does not answer.
    """
    methods = _first_automatic(work, order, authorization)
    chosen = choose_challenge(replace(authorization, presented=None), work.spec.challenge_types, methods)
    instruction = instruction_for(order, chosen, work.responder) if chosen.method else None
    return replace(chosen, presented=instruction.key_authorization if instruction else None)


def _first_automatic(work: Work, order: Order, authorization: Authorization) -> dict[ChallengeType, Method]:
    """Return the first type, in the order in which they are wanted, that the program can fulfil; with how.

    Where a record's name is an alias (CNAME), the provider that covers its target is taken; where a record of
    dns-persist-01 stands already, nobody has to do anything. The DNS is asked only where that matters.
    """
    offered = {each.type for each in authorization.challenges}
    for challenge_type in work.spec.challenge_types:
        if challenge_type in offered and fits(challenge_type, authorization.identifier):
            chosen = replace(authorization, challenge_type=challenge_type, method=None, presented=None)
            instruction = instruction_for(order, chosen, work.responder)
            method = _method(work, instruction) if instruction else None
            if method is not None:
                return {challenge_type: method}
    return {}


def _method(work: Work, instruction: Instruction) -> Method | None:
    fulfillers, challenge_type = work.place.fulfillers, instruction.challenge_type
    configured, providers = fulfillers.settings.challenges, fulfillers.providers
    known = automatic_method(instruction.identifier, challenge_type, work.spec, configured, providers)
    if challenge_type not in DNS_TYPES or (known and known.way is not Way.DNS_PROVIDER):
        return known
    if challenge_type is ChallengeType.DNS_PERSIST_01 and _stands(work, instruction):
        return Method(Way.STANDING_RECORD)
    if not providers or chosen_fulfillment(work.spec, challenge_type) == MANUAL:
        return None
    nearest = covering_provider(instruction.identifier.value, providers.values())
    name = dns_instruction(instruction).name
    at = fulfillers.lookups(fulfillers.propagation_of(nearest)).canonical_name(name)
    alias = at if at != name else None
    method = automatic_method(instruction.identifier, challenge_type, work.spec, configured, providers, alias)
    return replace(method, at=at) if method else None


def _stands(work: Work, instruction: Instruction) -> bool:
    # Where nobody tells, it does not stand as far as is known: that is asked again by the next run.
    with suppress(ChallengeError):
        return work.place.fulfillers.standing_records().stands(instruction)
    return False
