"""The layout of the state directory, as the store documents it."""

from __future__ import annotations

from inspect import getdoc

from reconciler.store import store


def state_layout() -> str:
    """Return the tree of files that stands in the store's own documentation."""
    lines = (getdoc(store) or "").splitlines()
    return "\n".join(line for line in lines if line.startswith("    "))
