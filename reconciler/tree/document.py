"""One file, read and held against its schema: a value, and the place of every part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.model.finding import Location
from reconciler.tree.coerce import find_node, to_value
from reconciler.tree.compose import Composer, UnreadableError
from reconciler.tree.explain import validate
from reconciler.tree.files import read_text
from reconciler.tree.json_reader import read_json
from reconciler.tree.nodes import Mapping, Node, Place, Scalar, Style
from reconciler.tree.plain_yaml import read_plain
from reconciler.tree.private_keys import refuse_private_key
from reconciler.tree.schema import schema_of
from reconciler.tree.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.tree.coerce import Wanted
    from reconciler.tree.source import Source
    from reconciler.tree.walk import Resource

    Path = tuple[str | int, ...]


class Document(Struct):
    """One resource's fields.

    Attributes:
        location: the place of the whole.
        value: the fields that their schema allows; those that are wrong are left out.
        raw: all fields, for what can be said of the good parts of a wrong one.
    """

    name: str
    source: Source
    location: Location
    value: dict[str, Any]
    raw: dict[str, Any]
    _root: Mapping | None = None

    @property
    def root(self) -> Mapping:
        """The nodes, for places: of a file that was read without them, they are made when somebody asks."""
        if self._root is None:
            self._root = parse(self.source) or Mapping(1, 1)
        return self._root

    def node(self, *path: str | int) -> Node:
        """Return the node at a path of keys and indices."""
        return find_node(self.root, path)

    def items(self, field: str) -> Iterator[tuple[Path, str]]:
        """Yield path and text of each item of a list of texts that is a text, and not empty."""
        values = self.raw.get(field)
        if isinstance(values, list):
            for number, text in enumerate(values):
                if text and isinstance(text, str):
                    yield (field, number), text


def read_document(resource: Resource, source: Source) -> Document | None:
    """Read the file of a resource.

    Args:
        resource: what was found.
        source: takes its text, and the findings.

    Returns:
        What can be used of it, or None if nothing can.
    """
    schema = schema_of(resource.kind)
    source.shown_fields = schema.shown_fields
    if not read_text(source, resource.file) or refuse_private_key(source):
        return None
    plain = parse_plain(source, schema.wanted)
    # What a schema may find wrong has a place.
    if plain is not None and schema.accepts(plain[1]):
        line, fields = plain
        return Document(resource.name, source, Location(source.path, line, 1), fields, fields)
    root = parse(source)
    if root is None:
        return None
    raw = to_value(root, schema.wanted)
    broken = validate(root, raw, schema, source)
    value = {name: field for name, field in raw.items() if name not in broken} if broken else raw
    location = source.location(Place(root.line, root.column))
    return Document(resource.name, source, location, value, raw, root)


def parse_plain(source: Source, wanted: Wanted) -> tuple[int, dict[str, Any]] | None:
    """Return what `read_plain` does; None leaves a text to `parse`, which alone finds anything wrong."""
    return None if _is_json(source) else read_plain(source.text, wanted)


def parse(source: Source) -> Mapping | None:
    """Return the mapping that a text stands for (an empty one for an empty text); None if for none."""
    composer = Composer(source)
    try:
        (read_json if _is_json(source) else read_yaml)(source, composer)
    except UnreadableError:
        return None
    root = composer.root
    if root is None or (isinstance(root, Scalar) and root.style is Style.PLAIN and not root.text):
        return Mapping(1, 1)
    if not isinstance(root, Mapping):
        found = "text" if isinstance(root, Scalar) else "a list"
        source.error(
            "wrong-type", f"the file must be a mapping, not {found}", root, "write `field: value` lines"
        )
        return None
    return root


def _is_json(source: Source) -> bool:
    return source.path.endswith(".json")
