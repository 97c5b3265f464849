"""Whether a template could allow an identifier to somebody: asked where it is not known yet who asks.

Says yes too often rather than too seldom: two places of one variable need not agree here. No decision rests
on a yes; what is answered with no, no values make an entry that allows it.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.model.labels import DOTS
from reconciler.model.role import DomainOption
from reconciler.policy.entries import canonical_label
from reconciler.policy.templates import is_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.model.identifier import Identifier
    from reconciler.policy.templates import Template


class _Any(Enum):
    STAR = auto()
    """One or more characters."""
    VALUE = auto()
    """One or more characters of one label."""


_Symbols = tuple["str | _Any", ...]
_STAR_DOT: _Symbols = (_Any.STAR, ".")
_IN_LABELS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


class OpenTemplate:
    """A template with each variable open.

    Attributes:
        tail: the whole labels at the end of every name that it could allow to anybody; empty where they are
            not known. None if no values make it an entry.
        start: what it begins with, whoever asks; empty where that is not known.
        end: what every such name ends with: the tail, and more than that where a label is open in part.
    """

    __slots__ = ("_below", "_has_star", "_itself", "end", "start", "tail", "template")

    def __init__(self, template: Template) -> None:
        self.template = template
        symbols = _symbols(template)
        self._itself = None if symbols is None else _Pattern(symbols)
        self._has_star = symbols is not None and _Any.STAR in symbols
        self._below = _Pattern(symbols[2:]) if symbols is not None and symbols[:2] == _STAR_DOT else None
        self.tail = None if self._itself is None else self._itself.tail
        self.start = "" if self._itself is None else self._itself.start
        self.end = "" if self._itself is None else self._itself.end

    def could_match(self, options: frozenset[DomainOption], identifier: Identifier) -> bool:
        """Whether some entity's values could make it an entry that allows an identifier with these options.

        Args:
            options: the role's.
            identifier: a name, or a wildcard.
        """
        pattern, value = self._itself, identifier.value
        if pattern is None or (identifier.is_wildcard and DomainOption.WILDCARDS not in options):
            return False
        if self._has_star:
            below = identifier.is_wildcard and self._below is not None and self._below.matches(value[2:])
            return below or (DomainOption.GLOBS in options and pattern.matches(value))
        bare = not options or DomainOption.BARE_DOMAINS in options
        if bare and pattern.matches(value):
            return True
        return DomainOption.SUBDOMAINS in options and any(map(pattern.matches, _parents(value)))


class _Pattern:
    """What names are matched with: a text, what is open, and a text again."""

    __slots__ = ("_middle", "end", "start", "tail")

    def __init__(self, symbols: _Symbols) -> None:
        is_open = [index for index, symbol in enumerate(symbols) if isinstance(symbol, _Any)]
        first, last = (is_open[0], is_open[-1] + 1) if is_open else (len(symbols), len(symbols))
        self.start = "".join(map(str, symbols[:first]))
        self._middle = symbols[first:last]
        self.end = "".join(map(str, symbols[last:]))
        self.tail = self.end.partition(".")[2] if is_open else self.start

    def matches(self, text: str) -> bool:
        """Whether values and characters that the variables and stars stand for make it this text."""
        if not self._middle:
            return text == self.start
        if not text.endswith(self.end) or not text.startswith(self.start):
            return False
        return _follows(self._middle, text[len(self.start) : len(text) - len(self.end)])


def _follows(symbols: _Symbols, text: str) -> bool:
    """Follow all ways through the symbols at once: places among them, for each character of the text."""
    if len(symbols) > len(text):
        return False
    places = {0}
    for character in text:
        following: set[int] = set()
        for place in places:
            symbol = symbols[place] if place < len(symbols) else None
            if symbol == character:
                following.add(place + 1)
            elif symbol is _Any.STAR or (symbol is _Any.VALUE and character in _IN_LABELS):
                following |= {place, place + 1}
        places = following
    return len(symbols) in places


def _symbols(template: Template) -> _Symbols | None:
    """Return the template in canonical form, each variable being open; None if no values make it an entry."""
    symbols: list[str | _Any] = []
    for part in template.parts:
        if isinstance(part, str):
            symbols += (_Any.STAR if each == "*" else each for each in part)
        elif part.kind != "group":
            symbols.append(_Any.VALUE)
        elif is_label(part.key):
            symbols += part.key
        else:
            return None
    labels: list[list[str | _Any]] = [[]]
    for symbol in symbols:
        if isinstance(symbol, str) and DOTS.fullmatch(symbol):
            labels.append([])
        else:
            labels[-1].append(symbol)
    if len(labels) > 1 and not labels[-1]:
        labels.pop()
    return _joined(labels)


def _joined(labels: Sequence[Sequence[str | _Any]]) -> _Symbols | None:
    joined: list[str | _Any] = []
    for label in labels:
        canonical = _canonical(label)
        if canonical is None:
            return None
        joined += [".", *canonical] if joined else canonical
    return tuple(joined)


def _canonical(label: Sequence[str | _Any]) -> Sequence[str | _Any] | None:
    texts = [symbol for symbol in label if isinstance(symbol, str)]
    text = "".join(texts)
    if len(texts) < len(label):
        lowered = [symbol.lower() if isinstance(symbol, str) else symbol for symbol in label]
        return lowered if text.isascii() and _IN_LABELS.issuperset(text.lower()) else None
    try:
        return list(canonical_label(text, text))
    except InvalidEntryError:
        return None


def _parents(value: str) -> Iterator[str]:
    while value := value.partition(".")[2]:
        yield value
