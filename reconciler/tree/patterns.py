"""Lists of what something is for: names, addresses, and patterns with a leftmost `*`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import InvalidIdentifierError
from reconciler.model.identifier import parse_identifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.tree.document import Document


def build_patterns(document: Document, texts: Iterable[str], *path: str | int) -> tuple[str, ...]:
    """Return entries in canonical form; note a finding for each that is none.

    Args:
        document: for places.
        texts: as written.
        path: of the list.
    """
    good: dict[str, None] = {}
    for number, text in enumerate(texts):
        try:
            good[text if text == "*" else parse_identifier(text).value] = None
        except InvalidIdentifierError as error:
            hint = "a name, an address, or a pattern whose leftmost label is `*` is wanted"
            document.source.error("bad-pattern", str(error), document.node(*path, number), hint)
    return tuple(good)
