"""What a file says, before anyone has asked what it means: text, lists and mappings, each with its place."""

from __future__ import annotations

from enum import Enum, auto

from msgspec import Struct, field

# Nodes are made by the hundred thousand; what is frozen would have to be made from the leaves on.


class Style(Enum):
    """How a scalar is written, which decides whether it may be more than text."""

    PLAIN = auto()  # YAML without quotes: text, unless the schema wants something else there
    TEXT = auto()  # in quotes, or a block: always text
    LITERAL = auto()  # JSON's numbers, true, false, null: never text


class Place(Struct):
    """A place in a file; line and column count from 1, the column in characters."""

    line: int
    column: int
    length: int = 1


class Scalar(Place):
    """One text, as it was written; `exact` says that the source has it letter by letter, on one line.

    `items` are those of a list that it was split into, once it was.
    """

    text: str = ""
    style: Style = Style.PLAIN
    exact: bool = False
    items: list[Scalar] | None = None


class Sequence(Place):
    """A list."""

    items: list[Node] = field(default_factory=list)


class Mapping(Place):
    """A mapping; every key occurs once, and has its own place beside its value."""

    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)


Node = Scalar | Sequence | Mapping


def split_list(scalar: Scalar) -> list[Scalar]:
    """Return the items of a list that was given as one comma-separated text; none for an empty one."""
    # Kept, for each finding about an item looks for it again.
    if scalar.items is None:
        scalar.items = _split(scalar)
    return scalar.items


def _split(scalar: Scalar) -> list[Scalar]:
    if not scalar.text.strip():
        return []
    items = []
    offset = 0
    for part in scalar.text.split(","):
        text = part.strip()
        if scalar.exact:
            quote = scalar.style is Style.TEXT
            column = scalar.column + quote + offset + len(part) - len(part.lstrip())
            items.append(Scalar(scalar.line, column, max(len(text), 1), text, Style.TEXT))
        else:
            items.append(Scalar(scalar.line, scalar.column, scalar.length, text, Style.TEXT))
        offset += len(part) + 1
    return items
