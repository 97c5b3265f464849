"""Finding what an argument names."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import UnknownResourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.model.flaw import FlawedRecord

T = TypeVar("T")

_MOST = 20  # names in a message


def find(resources: Mapping[str, T], name: str, kind: str, *, in_tree: bool = False) -> T:
    """Return the resource of a name.

    Args:
        resources: by name.
        name: as it was given.
        kind: of the resources, as their command is called.
        in_tree: whether they are the tree's, which no command lists: they are named then.

    Raises:
        UnknownResourceError: there is none; says which ones are near.
    """
    if name in resources:
        return resources[name]
    import difflib

    near = difflib.get_close_matches(name, resources, n=1)
    where = " in the tree" if in_tree else ""
    there = (
        f"it has {_some(resources)}" if in_tree else f"`reconciler {kind} list` shows those that are there"
    )
    advice = f"did you mean `{near[0]}`?" if near else there
    raise UnknownResourceError(f"there is no {kind} `{name}`{where}; {advice}")


def find_readable(read: Callable[[list[FlawedRecord]], Mapping[str, T]], name: str, kind: str) -> T:
    """Return the record of a name; those of others need not be readable.

    Args:
        read: returns the records by name, and adds to a list what cannot be read.
        name: as it was given.
        kind: of the records, as their command is called.

    Raises:
        RecordError: it cannot be read.
        UnknownResourceError: there is none.
    """
    flawed: list[FlawedRecord] = []
    records = read(flawed)
    for each in flawed:
        if each.name == name and each.kind == kind:
            raise each.error
    return find(records, name, kind)


def _some(resources: Iterable[str]) -> str:
    names = sorted(resources)
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return (", ".join(names[:_MOST]) or "none") + more
