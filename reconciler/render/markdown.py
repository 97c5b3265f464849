"""Foreign text in Markdown: words that cannot mean anything stay as they are, all others become code.

In code nothing is markup, and the forges turn nothing in it into a mention, a reference, a link or a picture;
of what is outside of it they look at the text as it is shown, so that no escape would help.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.render.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

_Fragment = tuple[str, str]
_PLAIN, _CODE = "plain", "code"

# Plain words; small numbers, dates and times. No hyphen with a digit: GH-12 is an issue. No number with a
# bracket behind it: `1)` begins a list.
_WORD = re.compile(
    r"\(?(?:[A-Za-z]+(?:['-][A-Za-z]+)*\)?|\d{1,6}|\d{4}-\d\d-\d\d\)?|\d\d:\d\d(?::\d\d)?\)?)[,;:]?"
)
_LAST_WORD = re.compile(r"\(?[A-Za-z]+(?:['-][A-Za-z]+)*\)?[.!?]")
_PUNCTUATION = re.compile(r"\)?[,;:.]?")
_COMMIT = re.compile(r"[0-9A-Fa-f]{7}")
_QUOTED = re.compile(r"`([^`]+)`")
_AROUND = re.compile(r"(?P<before>\(*)(?P<core>.*?)(?P<after>[,.;:!?)]*)", re.DOTALL)
# They would end a code span or a table's cell; as entities they are text and nothing else.
_ENTITIES = {"`": "&#96;", "|": "&#124;"}
# A line of a list without a text would be read as the underline of a heading.
_EMPTY = '""'
_BREAKERS = re.compile(r"([`|]+)")


def prose(text: object) -> str:
    """Return a text of ours, with foreign names in it, on one line of Markdown.

    >>> prose("order certificate @team/x for *.example.com (dns-01)")
    'order certificate `@team/x` for `*.example.com` (`dns-01`)'
    """
    # What stands in backticks is code already; every second piece does.
    pieces = _QUOTED.split(clean(text).strip())
    fragments: list[_Fragment] = []
    for number, piece in enumerate(pieces):
        found = [(_CODE, piece)] if number % 2 else _fragments(piece)
        for kind, content in found:
            # Two spans of code without anything between them would be read as something else.
            if not content:
                continue
            if fragments and kind == fragments[-1][0]:
                content = fragments.pop()[1] + content
            fragments.append((kind, content))
    return "".join(code(content) if kind == _CODE else content for kind, content in fragments) or _EMPTY


def code(text: object) -> str:
    """Return a text as code, whatever is in it, on one line of Markdown."""
    pieces = _BREAKERS.split(clean(text))
    shown = "".join(_entities(each) if number % 2 else _span(each) for number, each in enumerate(pieces))
    return shown or _EMPTY


def size(text: str) -> int:
    """Return how long a text is, as the strictest of the forges counts: in bytes."""
    return len(text.encode())


def _fragments(text: str) -> Iterator[_Fragment]:
    """Yield what may stay as it is, and what has to become code; several words of it in a row are one."""
    words = text.split(" ")
    parts = [_parts(word) for word in words]
    for number, (before, core, after) in enumerate(parts):
        yield _PLAIN, before
        yield _CODE, core
        yield _PLAIN, after
        if number + 1 < len(parts):
            following = parts[number + 1]
            goes_on = core and following[1] and not (after or following[0])
            yield _CODE if goes_on else _PLAIN, " "


def _parts(word: str) -> tuple[str, str, str]:
    """Return the punctuation before what has to become code, this, and the punctuation after it."""
    if _is_plain(word):
        return word, "", ""
    if word == "->":
        return "-&gt;", "", ""
    found = _AROUND.fullmatch(word)
    return (found["before"], found["core"], found["after"]) if found and found["core"] else ("", word, "")


def _is_plain(word: str) -> bool:
    safe = _WORD.fullmatch(word) or _LAST_WORD.fullmatch(word) or _PUNCTUATION.fullmatch(word)
    return safe is not None and not _COMMIT.search(word)


def _span(text: str) -> str:
    if not text:
        return ""
    # A space at each end is taken away, unless there is nothing else.
    padding = " " if text[0] == text[-1] == " " and text.strip() else ""
    return f"`{padding}{text}{padding}`"


def _entities(text: str) -> str:
    return "".join(_ENTITIES[each] for each in text)
