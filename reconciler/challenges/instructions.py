"""What instructions come to for those who carry them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.challenges.tokens import check_instruction
from reconciler.errors import ChallengeError
from reconciler.orders.instructions import DnsInstruction, explain

if TYPE_CHECKING:
    from reconciler.model.instruction import Instruction


def dns_instruction(instruction: Instruction) -> DnsInstruction:
    """Return the record of a DNS challenge.

    Raises:
        ChallengeError: it is another challenge, or has something in it that it must not have.
    """
    check_instruction(instruction)
    explained = explain(instruction)
    if not isinstance(explained, DnsInstruction):
        raise ChallengeError(f"{instruction.challenge_type} is not fulfilled in the DNS")
    return explained
