"""Finding what an argument names."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import UnknownResourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


def find(resources: Mapping[str, T], name: str, kind: str) -> T:
    """Return the resource of a name.

    Raises:
        UnknownResourceError: there is none; says which ones are near.
    """
    if name in resources:
        return resources[name]
    import difflib

    near = difflib.get_close_matches(name, resources, n=1)
    advice = f"did you mean `{near[0]}`?" if near else f"`reconciler {kind} list` shows those that are there"
    raise UnknownResourceError(f"there is no {kind} `{name}`; {advice}")
