"""From nodes to the values that a schema is about: text stays text, unless the schema says otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.tree.nodes import Mapping, Node, Scalar, Sequence, Style, split_list

if TYPE_CHECKING:
    from collections.abc import Mapping as Map
    from collections.abc import Sequence as Items

# YAML 1.2 section 10.3.2, the core schema.
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]{1,18}|[0-9]{1,18}(?:\.[0-9]{0,18})?)(?:[eE][-+]?[0-9]{1,3})?")


class Wanted(Struct, frozen=True):
    """What a schema wants at a place, as far as reading scalars depends on it."""

    types: frozenset[str] = frozenset()
    properties: Map[str, Wanted] | None = None
    others: Wanted | None = None
    items: Wanted | None = None

    @property
    def is_list_or_text(self) -> bool:
        """Whether one comma-separated text may stand for a list here."""
        return "array" in self.types and "string" in self.types

    @property
    def is_text(self) -> bool:
        """Whether a scalar is its own text here, whatever that looks like."""
        return "string" in self.types and "array" not in self.types


TEXT = Wanted(frozenset({"string"}))


def wanted_by(schema: Map[str, Any]) -> Wanted:
    """Return what a schema wants, its combinations included; the schemas do without `$ref`."""
    parts = [schema, *(part for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word, ()))]
    types: set[str] = set()
    properties: dict[str, Wanted] = {}
    others = items = None
    for part in parts:
        type_ = part.get("type", ())
        types.update((type_,) if isinstance(type_, str) else type_)
        properties |= {name: wanted_by(value) for name, value in part.get("properties", {}).items()}
        if isinstance(part.get("additionalProperties"), dict):
            others = wanted_by(part["additionalProperties"])
        if "items" in part:
            items = wanted_by(part["items"])
    return Wanted(frozenset(types), properties, others, items)


def to_value(node: Node, wanted: Wanted | None) -> Any:  # noqa: ANN401 - as open as JSON
    """Return the value of a node as the schema reads it; what no schema speaks of is text."""
    wanted = wanted or TEXT
    if isinstance(node, Scalar):
        return _scalar_value(node, wanted)
    if isinstance(node, Sequence):
        return [to_value(item, wanted.items) for item in node.items]
    return {key: to_value(child, property_of(wanted, key)) for key, (_, child) in node.entries.items()}


def property_of(wanted: Wanted | None, key: str) -> Wanted | None:
    """Return what is wanted of the value of a key."""
    if wanted is None:
        return None
    return (wanted.properties or {}).get(key, wanted.others)


def items_of(node: Node) -> Items[Node]:
    """Return the items of what may be a list or a comma-separated text."""
    if isinstance(node, Sequence):
        return node.items
    return split_list(node) if isinstance(node, Scalar) else []


def find_node(node: Node, path: tuple[str | int, ...]) -> Node:
    """Return the node that a path of keys and indices leads to, or the last one on the way."""
    for step in path:
        if isinstance(step, int):
            items = items_of(node)
            if step >= len(items):
                return node
            node = items[step]
        elif isinstance(node, Mapping) and step in node.entries:
            node = node.entries[step][1]
        else:
            return node
    return node


def _scalar_value(scalar: Scalar, wanted: Wanted) -> Any:  # noqa: ANN401
    if scalar.style is Style.LITERAL:
        import json  # slow to import, and such values stand in JSON only

        return json.loads(scalar.text) if len(scalar.text) < 100 else float("inf")
    return scalar_value(scalar.text, wanted, is_plain=scalar.style is Style.PLAIN)


def scalar_value(text: str, wanted: Wanted, *, is_plain: bool = True) -> Any:  # noqa: ANN401
    """Return the value of a text in YAML; what is not plain, but in quotes or a block, is always text."""
    if wanted.is_list_or_text:
        return [part.strip() for part in text.split(",")] if text.strip() else []
    if not is_plain or "string" in wanted.types:
        return text
    return _resolve(text, wanted.types)


def _resolve(text: str, types: frozenset[str]) -> Any:  # noqa: ANN401
    if "boolean" in types and text in _TRUTH:
        return _TRUTH[text]
    if types & {"integer", "number"} and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in types and _NUMBER.fullmatch(text):
        return float(text)
    # Nothing at all is never a text where none is wanted.
    if text in _NULL and ("null" in types or not text):
        return None
    return text
