"""The words for who fulfils challenges."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, assert_never

from reconciler.orders.instructions import DnsInstruction, HttpInstruction, TlsAlpnInstruction, explain
from reconciler.render.text import clean, names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.fulfillment import Method
    from reconciler.model.instruction import Instruction
    from reconciler.model.role import ChallengeType
    from reconciler.orders.methods import PlannedChallenge


def method_text(method: Method | None) -> str:
    """Return by whom, or by what, a challenge is fulfilled."""
    return clean(method.words) if method else "people"


def challenge_lines(challenges: Sequence[PlannedChallenge]) -> list[str]:
    """Return who fulfils which challenges, those alike in one line."""
    groups: defaultdict[tuple[ChallengeType, Method | None], list[str]] = defaultdict(list)
    for each in challenges:
        if each.challenge_type is not None:
            groups[each.challenge_type, each.method].append(each.identifier.text)
    return [
        f"{challenge_type} by {method_text(method)}" + (f": {names(of_these)}" if len(groups) > 1 else "")
        for (challenge_type, method), of_these in groups.items()
    ]


def presented_text(instruction: Instruction) -> str:
    """Return what is there for a challenge, and where: a record, a file, a certificate."""
    match explain(instruction):
        case DnsInstruction(name, value):
            at = instruction.method.at if instruction.method else None
            return f'the TXT record "{clean(value)}" at {clean(at or name)}'
        case HttpInstruction(url):
            return f"what answers {clean(url)}"
        case TlsAlpnInstruction(server_name):
            return f"what answers for {clean(server_name)} by ALPN acme-tls/1"
        case other:
            assert_never(other)
