"""The words for files that others own, or may read, than should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.permissions import WrongPermission


def permissions_text(permissions: Iterable[WrongPermission]) -> str:
    """Return what files, and their folder, have otherwise than they should."""
    alike: dict[str, list[str]] = {}
    for each in permissions:
        said = f"{each.what} {clean(each.found)} instead of {clean(each.wanted)}"
        alike.setdefault(said, []).append("the folder" if each.file == "." else clean(each.file))
    return "; ".join(
        f"{', '.join(names[:-1])} and {names[-1]} have {said}" if names[1:] else f"{names[0]} has {said}"
        for said, names in alike.items()
    )
