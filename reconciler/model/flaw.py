"""Records of the state that cannot be read: what is wrong, where, and what is left alone for that."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from reconciler.errors import MisplacedRecordError, RecordError

if TYPE_CHECKING:
    from reconciler.model.identifier import Identifier


class RecordKind(StrEnum):
    """What a record is about."""

    ACCOUNT = "account"
    CERTIFICATE = "certificate"
    ORDER = "order"
    ARCHIVED_ORDER = "archived_order"
    LEFTOVERS = "leftovers"
    CLAIM = "claim"
    ENCRYPTION = "encryption"


class FlawedRecord(Struct, frozen=True):
    """A record that says nothing that could be relied on.

    Attributes:
        kind, name: of the record; the name is that of its file.
        path: of the file.
        line: in it, from 1; 0 is the file as a whole.
        message: what is wrong.
        certificates: the names of those that it is about, as far as that can be told without it.
        account: the name of the account that it is about, or goes through; likewise.
        identifiers: of an order whose certificate cannot be told: what is known that it asks for.
        is_misplaced: whether it can be read, and is that of another name than its file's.
    """

    kind: RecordKind
    name: str
    path: str
    line: int
    message: str
    certificates: tuple[str, ...] = ()
    account: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    is_misplaced: bool = False

    @classmethod
    def of(cls, kind: RecordKind, name: str, error: RecordError) -> Self:
        """Return what an error says of a record; what it is about is not known yet."""
        is_misplaced = isinstance(error, MisplacedRecordError)
        return cls(kind, name, error.path, error.line, error.what, is_misplaced=is_misplaced)

    @property
    def error(self) -> RecordError:
        """What to raise where nothing can be done without the record."""
        return RecordError(self.path, self.line, self.message)

    @property
    def place(self) -> str:
        """The `file:line` that editors and terminals turn into a link."""
        return f"{self.path}:{self.line}" if self.line else self.path
