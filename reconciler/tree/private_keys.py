"""Private keys in files of the tree: found before anything of them can be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.private_keys import find_private_key
from reconciler.tree.nodes import Place
from reconciler.tree.source import LINE_BREAK

if TYPE_CHECKING:
    from reconciler.tree.source import Source

MESSAGE = "this is a private key, which does not belong here"
HINT = "remove it; if it has been committed, it is known to all who can read the repository: replace it"


def holds_private_key(text: str) -> bool:
    """Whether a private key begins somewhere in a text."""
    return find_private_key(text) is not None


def refuse_private_key(source: Source) -> bool:
    """Note an error if a file holds a private key; no line of it is shown from then on.

    Returns:
        Whether it holds one.
    """
    start = find_private_key(source.text)
    if start is None:
        return False
    before = LINE_BREAK.split(source.text[:start])
    source.hide_lines()
    source.error("private-key", MESSAGE, Place(len(before), len(before[-1]) + 1), HINT)
    return True
