"""Names that mix scripts so as to look like others: a warning, for a person has to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.scripts import mixed_scripts

if TYPE_CHECKING:
    from reconciler.tree.document import Document, Path


def warn_of_mixed_scripts(document: Document, path: Path, name: str) -> None:
    """Warn of each label of a name, or of an entry of a role, that mixes scripts."""
    for mixed in mixed_scripts(name):
        hint = "make sure that it is the name that is meant: it may look like another"
        document.source.warning("mixed-script", mixed.text, document.node(*path), hint)
