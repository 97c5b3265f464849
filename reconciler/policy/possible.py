"""Whether a template could allow an identifier to somebody: asked where it is not known yet who asks.

Says yes too often rather than too seldom: two places of one variable need not agree here. No decision rests
on it.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.model.role import DomainOption
from reconciler.policy.entries import DOTS, parse_denied_entry
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


_Pattern = tuple["str | _Any", ...]
_STAR_DOT: _Pattern = (_Any.STAR, ".")
_IN_LABELS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def could_match(template: Template, options: frozenset[DomainOption], identifier: Identifier) -> bool:
    """Whether some entity's values could make a template an entry that allows an identifier."""
    pattern = _pattern(template)
    if pattern is None or (identifier.is_wildcard and DomainOption.WILDCARDS not in options):
        return False
    value, base = identifier.value, identifier.base
    if _Any.STAR in pattern:
        itself = pattern[:2] == _STAR_DOT and identifier.is_wildcard and _matches(pattern[2:], base)
        return itself or (DomainOption.GLOBS in options and _matches(pattern, value))
    bare = not options or DomainOption.BARE_DOMAINS in options
    if bare and _matches(pattern, value):
        return True
    return DomainOption.SUBDOMAINS in options and any(_matches(pattern, each) for each in _parents(value))


def _pattern(template: Template) -> _Pattern | None:
    """Return the template with each variable open; None if no values make it an entry."""
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


def _joined(labels: Sequence[Sequence[str | _Any]]) -> _Pattern | None:
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
        return list(parse_denied_entry(text).value)
    except InvalidEntryError:
        return None


def _matches(pattern: _Pattern, text: str) -> bool:
    """Follow all ways through the pattern at once: places in the pattern, for each character of the text."""
    if len(pattern) > len(text):
        return False
    places = {0}
    for character in text:
        following: set[int] = set()
        for place in places:
            symbol = pattern[place] if place < len(pattern) else None
            if symbol == character:
                following.add(place + 1)
            elif symbol is _Any.STAR or (symbol is _Any.VALUE and character in _IN_LABELS):
                following |= {place, place + 1}
        places = following
    return len(pattern) in places


def _parents(value: str) -> Iterator[str]:
    while value := value.partition(".")[2]:
        yield value
