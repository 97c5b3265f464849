"""What the engine asks of whoever fulfils challenges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.instruction import Instruction


class Fulfiller(Protocol):
    """One way of fulfilling challenges. Safe for threads; each call may be repeated.

    Every call may raise `ChallengeError`, with a message that says what to do.
    """

    lives_here: bool
    """Whether what is presented is gone when this process ends."""

    def present(self, instruction: Instruction) -> None:
        """Put the answer where the CA will look, or see to it that it soon is: `missing` tells."""

    def missing(self, instruction: Instruction) -> str | None:
        """Return what the CA would not see yet, in words for people; None once it would see all."""

    def clean_up(self, instructions: Sequence[Instruction]) -> None:
        """Take answers away again; one that is not there is no error."""

    def close(self) -> None:
        """End what serves answers; called once, when nothing is presented any more."""
