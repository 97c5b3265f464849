"""What the engine asks of whoever fulfils challenges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.errors import ChallengeError
    from reconciler.model.instruction import Instruction


class Fulfiller(Protocol):
    """One way of fulfilling challenges. Safe for threads; each call may be repeated.

    `present` and `missing` may raise `ChallengeError`, with a message that says what to do.
    """

    def present(self, instruction: Instruction) -> None:
        """Put the answer where the CA will look, or see to it that it soon is: `missing` tells."""

    def missing(self, instruction: Instruction) -> str | None:
        """Return what the CA would not see yet, in words for people; None once it would see all."""

    def lives_here(self, instruction: Instruction) -> bool:
        """Say whether what was presented would not be there if this process ended now."""

    def clean_up(self, instructions: Sequence[Instruction]) -> Mapping[Instruction, ChallengeError]:
        """Take answers away again; one that is not there is no error.

        Returns:
            Those that could not be taken away, and why: one never keeps the others.
        """

    def close(self) -> None:
        """End what serves answers; called once, when nothing is presented any more."""
