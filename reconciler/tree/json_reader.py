"""JSON (RFC 8259) into nodes with places; PyYAML takes neither all of its spaces nor all of its escapes."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from reconciler.tree.nodes import Mapping, Place, Scalar, Sequence, Style
from reconciler.tree.source import LINE_BREAK

if TYPE_CHECKING:
    from reconciler.tree.compose import Composer, UnreadableError
    from reconciler.tree.source import Source

# The possessive quantifiers keep a missing quotation mark from costing more than one pass.
# Compiled when the first file is JSON: most trees have none.
_LEXEME = r"""(?P<mark>[\[\]{},:])
      | "(?P<string>(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+)"
      | (?P<literal>true|false|null|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)(?![\w.+-])
    """
_SPACE = r"[ \t\r\n]*+"
_SURROGATE = "[\ud800-\udfff]"


class _Tokens:
    """The tokens of a text, one after the other, with their places."""

    def __init__(self, text: str, composer: Composer) -> None:
        self._text = text
        self._composer = composer
        self._offset = 0
        self._token, self._space = re.compile(_LEXEME, re.VERBOSE), re.compile(_SPACE)
        self._lines = [0, *(match.end() for match in LINE_BREAK.finditer(text))]

    def next(self) -> tuple[str, Scalar]:
        """Return the next token: a mark, or `value`, or nothing at the end; and its place and text.

        Raises:
            UnreadableError: when no token stands there.
        """
        space = self._space.match(self._text, self._offset)
        start = space.end() if space else self._offset
        if start == len(self._text):
            return "", self._scalar(start, start, "", Style.TEXT)
        match = self._token.match(self._text, start)
        if match is None:
            raise self._composer.unreadable(
                "syntax", "this is not JSON", self._scalar(start, start + 1, "", Style.TEXT)
            )
        self._offset = match.end()
        if match["mark"]:
            return match["mark"], self._scalar(start, match.end(), "", Style.TEXT)
        if match["literal"]:
            return "value", self._scalar(start, match.end(), match["literal"], Style.LITERAL)
        text = match["string"]
        if "\\" in text:
            import json  # slow to import, and few texts have escapes

            text = json.loads(match[0])
        scalar = self._scalar(start, match.end(), text, Style.TEXT)
        if re.search(_SURROGATE, text):
            raise self._composer.unreadable(
                "syntax", "half of a surrogate pair", scalar, "write the character itself"
            )
        return "value", scalar

    def _scalar(self, start: int, end: int, text: str, style: Style) -> Scalar:
        line = bisect_right(self._lines, start)
        exact = end - start == len(text) + 2
        return Scalar(line, start - self._lines[line - 1] + 1, max(end - start, 1), text, style, exact)


def read_json(source: Source, composer: Composer) -> None:
    """Feed a JSON file to the composer.

    Raises:
        UnreadableError: after a syntax error; its finding is noted.
    """
    tokens = _Tokens(source.text, composer)
    closers: list[str] = []
    found, scalar = tokens.next()
    while True:
        found, scalar = _begin_value(found, scalar, tokens, closers, composer)
        if closers and found == "begun":
            found, scalar = tokens.next()
            if found != closers[-1]:
                found, scalar = _key(found, scalar, tokens, composer)
                continue
        while closers and found == closers[-1]:
            closers.pop()
            composer.close(scalar.line, scalar.column + 1)
            found, scalar = tokens.next()
        if not closers:
            break
        if found != ",":
            raise _expected(f"`,` or `{closers[-1]}`", found, scalar, composer)
        found, scalar = _key(*tokens.next(), tokens, composer)
    if found:
        raise _expected("the end of the file", found, scalar, composer)


def _begin_value(
    found: str, scalar: Scalar, tokens: _Tokens, closers: list[str], composer: Composer
) -> tuple[str, Scalar]:
    """Take a whole scalar and return the token after it, or the bracket that begins a list or a mapping."""
    if found == "value":
        composer.scalar(scalar)
        return tokens.next()
    if found not in ("[", "{"):
        raise _expected("a value", found, scalar, composer)
    composer.open((Sequence if found == "[" else Mapping)(scalar.line, scalar.column))
    closers.append("]" if found == "[" else "}")
    return "begun", scalar


def _key(found: str, scalar: Scalar, tokens: _Tokens, composer: Composer) -> tuple[str, Scalar]:
    """Take the key and its colon, where a key is due; return the token after it."""
    if not composer.wants_key:
        return found, scalar
    if found != "value" or scalar.style is Style.LITERAL:
        raise _expected("a key in quotes", found, scalar, composer)
    composer.scalar(scalar)
    found, scalar = tokens.next()
    if found != ":":
        raise _expected("`:`", found, scalar, composer)
    return tokens.next()


def _expected(what: str, found: str, place: Place, composer: Composer) -> UnreadableError:
    described = {"": "the end of the file", "value": "a value"}.get(found, f"`{found}`")
    hint = "JSON has no comma before a closing bracket" if found in ("]", "}") else None
    return composer.unreadable("syntax", f"expected {what}, found {described}", place, hint)
