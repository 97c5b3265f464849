"""Private keys that were pasted where none belongs: found before anything of them can be shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.tree.nodes import Place
from reconciler.tree.source import LINE_BREAK

if TYPE_CHECKING:
    from reconciler.tree.source import Source

# PEM, SSH2, OpenSSH where only its base64 was pasted, PuTTY, age.
_PRIVATE_KEY = re.compile(
    r"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|b3BlbnNzaC1rZXktdjE|PuTTY-User-Key-File|AGE-SECRET-KEY-1"
)

MESSAGE = "this is a private key, which does not belong here"
HINT = "remove it; if it has been committed, it is known to all who can read the repository: replace it"


def holds_private_key(text: str) -> bool:
    """Whether a private key begins somewhere in a text."""
    return _PRIVATE_KEY.search(text) is not None


def refuse_private_key(source: Source) -> bool:
    """Note an error if a file holds a private key; no line of it is shown from then on.

    Returns:
        Whether it holds one.
    """
    match = _PRIVATE_KEY.search(source.text)
    if match is None:
        return False
    before = LINE_BREAK.split(source.text[: match.start()])
    source.hide_lines()
    source.error("private-key", MESSAGE, Place(len(before), len(before[-1]) + 1), HINT)
    return True
