"""The words for files that others own, or may read, than should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.permissions import WrongPermission


def permissions_text(permissions: Iterable[WrongPermission]) -> str:
    """Return what files, and their folder, have otherwise than they should."""
    texts = (
        f"{'the folder' if each.file == '.' else clean(each.file)} has {each.what} {clean(each.found)} "
        f"instead of {clean(each.wanted)}"
        for each in permissions
    )
    return ", ".join(texts)
