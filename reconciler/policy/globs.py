"""Globs: `*` stands for one or more characters, dots included; nothing else is special.

Matching is linear. The text between two stars is searched once, from the left, and never again: where a
later occurrence of it leads to a match, so does the first, for the star after it can take what lies between.
"""

from __future__ import annotations

from msgspec import Struct


class Glob(Struct, frozen=True):
    """A pattern over canonical names.

    Attributes:
        value: the pattern, in canonical form.
        pieces: what stands before, between and after its stars; one more than there are stars.
    """

    value: str
    pieces: tuple[str, ...]

    @classmethod
    def of(cls, value: str) -> Glob:
        """Return the glob that a canonical pattern stands for; it must have a star."""
        return cls(value, tuple(value.split("*")))

    @property
    def tail(self) -> str:
        """The longest run of whole labels without a star at its end; empty where there is none."""
        return self.pieces[-1].partition(".")[2]

    @property
    def below(self) -> str | None:
        """`X` where the glob is `*.X` with nothing special in `X`; else None."""
        return self.tail if len(self.pieces) == 2 and self.value.startswith("*.") else None

    @property
    def least(self) -> int:
        """How many characters a name must at least have to match."""
        return len(self.value)

    def matches(self, text: str) -> bool:
        """Whether the whole text is one that the pattern stands for."""
        return _matches(self.pieces, text)

    def covers(self, base: str) -> bool:
        """Whether `x.base` matches for some `x` of one label: what the wildcard `*.base` would stand for.

        The dot after `x` is taken either by the first dot of the pattern or by a star. Among the stars before
        the first dot, the last one asks the least of what follows, so that two cases are all.
        """
        for index, piece in enumerate(self.pieces):
            _, dot, after = piece.partition(".")
            if dot:
                rest = self.pieces[index + 1 :]
                if _matches((after, *rest), base):
                    return True
                return index > 0 and _follows((piece, *rest), base, 0, least=0)
        return base.endswith(self.pieces[-1])


def _matches(pieces: tuple[str, ...], text: str) -> bool:
    """Match pieces of which the first is at the start of the text and the last at its end."""
    first = pieces[0]
    if len(pieces) == 1:
        return text == first
    return text.startswith(first) and _follows(pieces[1:], text, len(first), least=1)


def _follows(pieces: tuple[str, ...], text: str, start: int, least: int) -> bool:
    """Match pieces that each follow a star, from a place in the text on.

    The first of these stars takes at least `least` characters, every other at least one.
    """
    for piece in pieces[:-1]:
        found = text.find(piece, start + least)
        if found < 0:
            return False
        start, least = found + len(piece), 1
    last = pieces[-1]
    return len(text) - len(last) >= start + least and text.endswith(last)
