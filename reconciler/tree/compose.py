"""From the parsers' events to nodes. With its own stack, so that no depth of nesting can exhaust Python's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.tree.files import control_character
from reconciler.tree.nodes import Mapping, Node, Place, Scalar, Sequence, Style
from reconciler.tree.private_keys import HINT, MESSAGE, holds_private_key

if TYPE_CHECKING:
    from reconciler.tree.source import Source

MAX_DEPTH = 32
MAX_NODES = 100_000
_LONG = 100


class UnreadableError(Exception):
    """The rest of the file cannot be understood; the finding is noted."""


class _Frame(Struct):
    """A list or mapping that is still open, with what it comes to once its aliases are written out."""

    node: Sequence | Mapping
    anchor: str | None
    key: Scalar | None = None
    size: int = 1
    height: int = 1


class _Anchor(Struct):
    node: Node
    size: int
    height: int


class Composer:
    """Builds the one root node of a file.

    Duplicate keys and merge keys are noted as findings, and building goes on.

    Raises:
        UnreadableError: from every method, when it cannot go on.
    """

    def __init__(self, source: Source) -> None:
        self.root: Node | None = None
        self._source = source
        self._stack: list[_Frame] = []
        self._anchors: dict[str, _Anchor | None] = {}
        self._count = 0

    def scalar(self, node: Scalar, anchor: str | None = None) -> None:
        """Add a text."""
        # The file as it is has been looked through; escapes and line breaks may have hidden a key.
        if not node.exact and holds_private_key(node.text):
            self._source.hide_lines()
            raise self.unreadable("private-key", MESSAGE, node, HINT)
        if node.style is Style.TEXT and control_character(node.text):
            self._source.error(
                "control-character", "an escape here makes a control character", node, hint="remove it"
            )
        # One text may be a list, and a long one costs what many do each time that an alias repeats it.
        text, size = node.text, 1
        if "," in text or len(text) >= _LONG:
            size += text.count(",") + len(text) // _LONG
        if anchor is not None:
            self._anchors[anchor] = _Anchor(node, size, 0)
        self._add(node, size, 0)

    def open(self, node: Sequence | Mapping, anchor: str | None = None) -> None:
        """Begin a list or a mapping."""
        if anchor is not None:
            self._anchors[anchor] = None
        if len(self._stack) >= MAX_DEPTH:
            raise self._too_deep(node)
        self._refuse_as_key(node, node)
        self._stack.append(_Frame(node, anchor))

    def close(self, line: int, column: int) -> None:
        """End the innermost list or mapping, just before a place (behind its bracket, if it has one)."""
        frame = self._stack.pop()
        node = frame.node
        if node.line == line and column > node.column:
            node.length = column - node.column
        if frame.anchor is not None:
            self._anchors[frame.anchor] = _Anchor(node, frame.size, frame.height)
        self._add(node, frame.size, frame.height, counted=frame.size - 1)

    def alias(self, name: str, place: Place) -> None:
        """Add what an anchor stands for."""
        if name not in self._anchors:
            raise self.unreadable(
                "syntax",
                "an alias to an anchor that does not exist",
                place,
                'text that begins with * needs quotes: "*"',
            )
        anchor = self._anchors[name]
        if anchor is None:
            raise self.unreadable(
                "alias-bomb", "an alias to what it is itself a part of", place, "write it out"
            )
        if len(self._stack) + anchor.height > MAX_DEPTH:
            raise self._too_deep(place)
        self._refuse_as_key(anchor.node, place)
        self._add(anchor.node, anchor.size, anchor.height, place=place)

    def unreadable(self, code: str, message: str, place: Place, hint: str | None = None) -> UnreadableError:
        """Note a finding after which the file cannot be read on; raise what this returns."""
        self._source.error(code, message, place, hint)
        return UnreadableError()

    @property
    def wants_key(self) -> bool:
        """Whether the next node is a key."""
        return bool(self._stack) and isinstance(self._stack[-1].node, Mapping) and self._stack[-1].key is None

    def _add(
        self, node: Node, size: int, height: int, *, counted: int = 0, place: Place | None = None
    ) -> None:
        self._count += size - counted
        if self._count > MAX_NODES:
            message = f"more than {MAX_NODES:,} values, once its aliases and lists are written out"
            raise self.unreadable(
                "alias-bomb", message, place or node, "split the file, and do without aliases"
            )
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        frame.size += size
        frame.height = max(frame.height, height + 1)
        if isinstance(frame.node, Sequence):
            frame.node.items.append(node)
        elif frame.key is None:
            frame.key = node if isinstance(node, Scalar) else None
        else:
            key, frame.key = frame.key, None
            self._put(frame.node, key, node)

    def _put(self, mapping: Mapping, key: Scalar, node: Node) -> None:
        if key.text == "<<" and key.style is Style.PLAIN:
            self._source.error(
                "merge-key", "the merge key `<<` is not supported", key, "write the fields out"
            )
        elif not key.text or key.style is Style.LITERAL:
            self._source.error("bad-key", "a key must be text", key)
        elif key.text in mapping.entries:
            first = mapping.entries[key.text][0]
            message = f"the key `{key.text}` is given twice; the first is in line {first.line}"
            self._source.error("duplicate-key", message, key, "remove one of the two")
        else:
            mapping.entries[key.text] = (key, node)

    def _refuse_as_key(self, node: Node, place: Place) -> None:
        if self.wants_key and not isinstance(node, Scalar):
            hint = "text that begins with { or [ needs quotes"
            raise self.unreadable("bad-key", "a key must be text, not a list or a mapping", place, hint)

    def _too_deep(self, place: Place) -> UnreadableError:
        return self.unreadable(
            "too-deep", f"nested more than {MAX_DEPTH} levels deep", place, "nothing here needs that"
        )
