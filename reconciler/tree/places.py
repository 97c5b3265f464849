"""The places of a certificate's parts: found in its file, as it was read, once somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.tree.coerce import find_node, items_of
from reconciler.tree.document import parse
from reconciler.tree.nodes import Mapping
from reconciler.tree.source import Source

if TYPE_CHECKING:
    from reconciler.model.finding import Location

_DENIABLE = ("role", "profile", "key_type", "csr", "csr_file", "challenge_type")


class FieldPlace(Struct, frozen=True):
    """The place of one field.

    Attributes:
        path: of the file, as findings have it.
        text: its content, as in `FilePlaces`.
    """

    path: str
    text: str
    name: str

    @property
    def location(self) -> Location:
        """The place; that of the whole if the field is not there."""
        source = Source(self.path, self.text)
        return source.location(find_node(parse(source) or Mapping(1, 1), (self.name,)))


class FilePlaces(Struct, frozen=True):
    """The places in the file of a valid certificate.

    Attributes:
        path: of the file, as findings have it.
        text: its content. It takes less memory than the places, and the file may be another one by then.
        count: of the identifiers.
    """

    path: str
    text: str
    count: int

    @property
    def identifiers(self) -> tuple[Location, ...]:
        """The place of each of the identifiers; of those of a CSR, that of the field that gives it."""
        source, root = self._read()
        given = next((name for name in ("csr", "csr_file") if name in root.entries), None)
        if given is not None:
            return (source.location(find_node(root, (given,))),) * self.count
        return tuple(map(source.location, items_of(find_node(root, ("identifiers",)))))

    @property
    def fields(self) -> dict[str, Location]:
        """The places of those fields that a role may deny, where they are there."""
        source, root = self._read()
        return {name: source.location(root.entries[name][1]) for name in _DENIABLE if name in root.entries}

    def _read(self) -> tuple[Source, Mapping]:
        source = Source(self.path, self.text)
        return source, parse(source) or Mapping(1, 1)
