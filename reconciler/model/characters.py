"""Characters: what they are called, and which way they are written."""

from __future__ import annotations

import unicodedata

# RFC 5893 section 2: a label with one of these is a right-to-left label.
_RIGHT_TO_LEFT = frozenset(("R", "AL", "AN"))
_NAMELESS = {"Cc": "a control character", "Cs": "half of a surrogate pair", "Co": "for private use"}


def describe(character: str) -> str:
    """Return a character's code point and name, in ASCII: `U+0430 CYRILLIC SMALL LETTER A`."""
    name = unicodedata.name(character, "")
    if not name:
        name = _NAMELESS.get(unicodedata.category(character), "not known to this Python")
        return f"U+{ord(character):04X} ({name})"
    return f"U+{ord(character):04X} {name}"


def is_right_to_left(text: str) -> bool:
    """Whether a text has characters that are written from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(each) in _RIGHT_TO_LEFT for each in text)
