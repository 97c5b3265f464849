"""What `reconciler state check` finds in a state directory, as values."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Level(StrEnum):
    """How bad it is: an error is to be mended, a warning to be looked at, a note is for information."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class StateFinding(Struct, frozen=True):
    """One thing that does not fit.

    Attributes:
        code: a stable word for programs: one of `reconciler.checkup.codes`.
        level: how bad it is.
        path: the file, as the reader would write it.
        line: in the file, from 1; 0 means the file as a whole.
        message: what is wrong.
        advice: what to do about it.
        command: what does it, for a shell; None where a person has to look first.
    """

    code: str
    level: Level
    path: str
    line: int
    message: str
    advice: str
    command: str | None = None

    @property
    def place(self) -> str:
        """The `file:line` that editors and terminals turn into a link."""
        return f"{self.path}:{self.line}" if self.line else self.path
