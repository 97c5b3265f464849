"""Places in a page that a program fills in; everything around them is written by hand.

A place begins with the line `<!-- generated: NAME -->` and ends with `<!-- end of generated -->`; what stands
between the two is replaced each time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_END = "<!-- end of generated -->"
_BLOCK = re.compile(rf"^<!-- generated: (?P<name>[\w:./-]+) -->\n(?:.*\n)*?{re.escape(_END)}$", re.MULTILINE)
_MARKER = re.compile(r"^<!-- (?:generated: .*|end of generated) -->$", re.MULTILINE)


class UnknownBlockError(Exception):
    """A page has a block that nothing fills, or markers that do not fit together."""


def fill(page: str, contents: Mapping[str, Callable[[], str]]) -> str:
    """Return `page` with all its blocks filled.

    Args:
        page: Markdown with any number of blocks.
        contents: what makes the content of each block, by name.

    Raises:
        UnknownBlockError: a name is not in `contents`, or a marker stands alone.
    """

    def filled(block: re.Match[str]) -> str:
        name = block["name"]
        if name not in contents:
            raise UnknownBlockError(f"nothing is known as {name!r}; there are: {', '.join(sorted(contents))}")
        content = contents[name]().strip("\n")
        return f"<!-- generated: {name} -->\n\n{content}\n\n{_END}"

    if len(_MARKER.findall(page)) != 2 * len(_BLOCK.findall(page)):
        raise UnknownBlockError("a marker of a generated block stands alone")
    return _BLOCK.sub(filled, page)


def names_in(page: str) -> list[str]:
    """Return the names of a page's blocks."""
    return [block["name"] for block in _BLOCK.finditer(page)]
