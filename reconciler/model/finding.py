"""Findings: what is wrong in the tree, and where, to the column."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import force_setattr

_LONGEST = 1000
_SHOWN_END = 300


class Severity(StrEnum):
    """How bad a finding is: an error stops, a warning informs."""

    ERROR = "error"
    WARNING = "warning"


class Location(Struct, frozen=True, order=True):
    """A place in a file of the tree.

    Attributes:
        path: relative to the root of the tree, with forward slashes.
        line: from 1; 0 means the file as a whole.
        column: from 1, in characters.
        length: how many characters are meant, for the caret's underline.
    """

    path: str
    line: int = 0
    column: int = 0
    length: int = 1

    def __str__(self) -> str:
        """Return the `file:line:column` that editors and terminals turn into a link."""
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class Finding(Struct, frozen=True):
    """One thing that is wrong in the tree.

    Attributes:
        code: a stable word for programs (`unknown-field`).
        message: what is wrong; of one that repeats a text of any length, the middle is left out.
        location: where.
        source: the text of that line, for the caret.
        hint: what to do about it; likewise.
    """

    code: str
    message: str
    location: Location
    severity: Severity = Severity.ERROR
    source: str | None = None
    hint: str | None = None

    def __post_init__(self) -> None:
        if len(self.message) > _LONGEST:
            force_setattr(self, "message", _shortened(self.message))
        if self.hint is not None and len(self.hint) > _LONGEST:
            force_setattr(self, "hint", _shortened(self.hint))


def _shortened(text: str) -> str:
    # What is wrong with a name stands behind it.
    return f"{text[: _LONGEST - _SHOWN_END - 3]}...{text[-_SHOWN_END:]}"
