"""dns-persist-01 by a record that stands already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.challenges.instructions import dns_instruction
from reconciler.orders.standing import stands

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from reconciler.challenges.dns.lookups import Lookups
    from reconciler.errors import ChallengeError
    from reconciler.model.instruction import Instruction


class StandingFulfiller:
    """dns-persist-01 by a record that stands already: nothing is published and nothing removed."""

    def __init__(self, lookups: Lookups, now: Callable[[], datetime]) -> None:
        """Ask `lookups`; `now` is the time, for records that hold until one."""
        self._lookups = lookups
        self._now = now

    def present(self, instruction: Instruction) -> None:
        """Nothing is to be done."""

    def missing(self, instruction: Instruction) -> str | None:
        """Return that the record is not there any more."""
        if self.stands(instruction):
            return None
        dns = dns_instruction(instruction)
        return f'the standing TXT record at {dns.name} is not there: "{dns.value}"'

    def stands(self, instruction: Instruction) -> bool:
        """Say whether the record is there."""
        name = dns_instruction(instruction).name
        return any(
            stands(
                value,
                instruction.identifier,
                instruction.account_url,
                instruction.issuer_domain_names,
                self._now(),
            )
            for value in self._lookups.text_values(name)
        )

    def lives_here(self, instruction: Instruction) -> bool:  # noqa: ARG002 - the port has it
        """It outlives everything."""
        return False

    def clean_up(self, instructions: Sequence[Instruction]) -> Mapping[Instruction, ChallengeError]:  # noqa: ARG002
        """It is to stay."""
        return {}

    def close(self) -> None:
        """There is nothing to end."""
