"""One file, read and held against its schema: a value, and the place of every part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.tree.coerce import find_node, items_of, to_value
from reconciler.tree.compose import Composer, UnreadableError
from reconciler.tree.explain import validate
from reconciler.tree.files import read_text
from reconciler.tree.json_reader import read_json
from reconciler.tree.nodes import Mapping, Node, Place, Scalar, Style
from reconciler.tree.private_keys import refuse_private_key
from reconciler.tree.schema import schema_of
from reconciler.tree.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.finding import Location
    from reconciler.tree.source import Source
    from reconciler.tree.walk import Resource


class Document(Struct, frozen=True):
    """One resource's fields.

    Attributes:
        root: the nodes, for places.
        value: the fields that their schema allows; those that are wrong are left out.
        raw: all fields, for what can be said of the good parts of a wrong one.
    """

    name: str
    source: Source
    root: Mapping
    value: dict[str, Any]
    raw: dict[str, Any]

    @property
    def location(self) -> Location:
        """The place of the whole."""
        return self.source.location(Place(self.root.line, self.root.column))

    def node(self, *path: str | int) -> Node:
        """Return the node at a path of keys and indices."""
        return find_node(self.root, path)

    def items(self, field: str) -> Iterator[tuple[Node, str]]:
        """Yield place and text of each item of a list of texts that is a text, and not empty."""
        values = self.raw.get(field)
        if isinstance(values, list):
            for node, text in zip(items_of(self.node(field)), values, strict=True):
                if text and isinstance(text, str):
                    yield node, text


def read_document(resource: Resource) -> Document | None:
    """Read the file of a resource.

    Returns:
        What can be used of it, or None if nothing can; `resource.source` has the findings.
    """
    source = resource.source
    schema = schema_of(resource.kind)
    source.shown_fields = schema.shown_fields
    if not read_text(source, resource.file) or refuse_private_key(source):
        return None
    root = parse(source)
    if root is None:
        return None
    raw = to_value(root, schema.wanted)
    broken = validate(root, raw, schema, source)
    value = {name: field for name, field in raw.items() if name not in broken} if broken else raw
    return Document(resource.name, source, root, value, raw)


def parse(source: Source) -> Mapping | None:
    """Return the mapping that a text stands for (an empty one for an empty text); None if for none."""
    composer = Composer(source)
    try:
        (read_json if source.path.endswith(".json") else read_yaml)(source, composer)
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
