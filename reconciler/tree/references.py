"""Names by which one resource speaks of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.tree.suggest import did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.tree.document import Document


def check_reference(document: Document, field: str, kind: str, names: Collection[str]) -> str:
    """Return the name in a field; note a finding if no file of the tree has it.

    Args:
        document: the resource that refers to another.
        field: the field that holds the name.
        kind: the kind of the other, for the message.
        names: all names there are, those of files with errors included.
    """
    name: str = document.value.get(field, "")
    if name and name not in names:
        nearest = did_you_mean(name, names)
        there_are = (
            f"there are: {listed(names)}" if names else f"there are no {kind}s; add {kind}s/{name}.yaml"
        )
        hint = f"{nearest} ({there_are})" if nearest else there_are
        document.source.error("unknown-reference", f"there is no {kind} `{name}`", document.node(field), hint)
    return name
