"""How the program fulfils the challenges of an identifier, with what only the DNS knows."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import ChallengeError
from reconciler.model.fulfillment import MANUAL, Method, Way
from reconciler.model.role import DNS_TYPES, ChallengeType
from reconciler.orders.choice import fits
from reconciler.orders.instructions import DnsInstruction, explain, instruction_for
from reconciler.orders.methods import automatic_methods, chosen_fulfillment, covering_provider

if TYPE_CHECKING:
    from reconciler.engine.work import Work
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Authorization, Order


def methods_for(work: Work, order: Order, authorization: Authorization) -> dict[ChallengeType, Method]:
    """Return how the program can fulfil which challenges of an authorization; the rest is for people.

    Where a record's name is an alias (CNAME), the provider that covers its target is taken; where a record of
    dns-persist-01 stands already, nobody has to do anything. Asks the DNS only where that matters.
    """
    fulfillers = work.place.fulfillers
    instructions = _dns_instructions(work, order, authorization)
    methods = automatic_methods(
        authorization.identifier,
        work.spec,
        fulfillers.settings.challenges,
        fulfillers.providers,
        _aliases(work, authorization, instructions),
    )
    persistent = instructions.get(ChallengeType.DNS_PERSIST_01)
    # What cannot be found out now is found out later, where it is said as an error.
    with suppress(ChallengeError):
        if persistent is not None and fulfillers.standing_records().stands(persistent):
            methods[ChallengeType.DNS_PERSIST_01] = Method(Way.STANDING_RECORD)
    return methods


def _dns_instructions(
    work: Work, order: Order, authorization: Authorization
) -> dict[ChallengeType, Instruction]:
    """Return what each DNS challenge of an authorization would take, of those that may be fulfilled."""
    found = {}
    for challenge in authorization.challenges:
        if challenge.type not in DNS_TYPES or challenge.type not in work.spec.challenge_types:
            continue
        challenge_type = ChallengeType(challenge.type)
        chosen = replace(authorization, challenge_type=challenge_type)
        instruction = instruction_for(order, chosen, work.responder)
        if instruction is not None and fits(challenge_type, authorization.identifier):
            found[challenge_type] = instruction
    return found


def _aliases(
    work: Work, authorization: Authorization, instructions: dict[ChallengeType, Instruction]
) -> dict[ChallengeType, str]:
    fulfillers = work.place.fulfillers
    if not fulfillers.providers:
        return {}
    nearest = covering_provider(authorization.identifier.value, fulfillers.providers.values())
    aliases = {}
    for challenge_type, instruction in instructions.items():
        chosen = chosen_fulfillment(work.spec, challenge_type)
        if chosen == MANUAL:
            continue
        provider = fulfillers.providers.get(chosen or "", nearest)
        lookups = fulfillers.lookups(fulfillers.propagation_of(provider))
        explained = explain(instruction)
        with suppress(ChallengeError):
            if isinstance(explained, DnsInstruction):
                name = lookups.canonical_name(explained.name)
                if name != explained.name:
                    aliases[challenge_type] = name
    return aliases
