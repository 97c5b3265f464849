"""What the engine asks of whoever fulfils challenges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from reconciler.model.instruction import Instruction


class Fulfiller(Protocol):
    """Fulfils challenges of one type. Safe for threads; each call may be repeated.

    Every call may raise `ChallengeError`, with a message that says what to do.
    """

    def present(self, instruction: Instruction) -> None:
        """Put the answer where the CA will look."""

    def is_visible(self, instruction: Instruction) -> bool:
        """Say whether the CA would see it by now."""

    def clean_up(self, instruction: Instruction) -> None:
        """Take the answer away again; one that is not there is no error."""
