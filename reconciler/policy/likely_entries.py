"""The entries of a role that may have come near a name: a denial must not cost a look at twenty thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.policy.entries import is_template, parse_entry
from reconciler.policy.index import index_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reconciler.model.identifier import Identifier
    from reconciler.model.role import Role

_MOST = 50


def likely_entries(role: Role, identifier: Identifier) -> Collection[str]:
    """Return entries of `allowed_domains`, as they are written: all of a few; of many at most about fifty.

    Of many they are those that are the name, or one above it, and those that share most labels with it.
    """
    if len(role.allowed_domains) <= _MOST:
        return role.allowed_domains
    index = index_of(role)
    if index.endings is None:
        index.endings = _endings(role.allowed_domains)
    found: dict[str, None] = {}
    ending = identifier.base
    while True:
        found.update(dict.fromkeys(index.endings.get(f"={ending}", ())))
        if len(found) < _MOST:
            found.update(dict.fromkeys(index.endings.get(ending, ())))
        if not ending:
            return found
        ending = ending.partition(".")[2]


def _endings(entries: Sequence[str]) -> dict[str, list[str]]:
    """Return the first entries for each row of labels that ends them; behind `=`, those that are one."""
    endings: dict[str, list[str]] = {}
    for entry in entries:
        ending = _value(entry)
        _add(endings, f"={ending}", entry)
        while ending:
            _add(endings, ending, entry)
            ending = ending.partition(".")[2]
        _add(endings, "", entry)
    return endings


def _add(endings: dict[str, list[str]], ending: str, entry: str) -> None:
    known = endings.setdefault(ending, [])
    if len(known) < _MOST:
        known.append(entry)


def _value(entry: str) -> str:
    if is_template(entry):
        return entry.rpartition("}}")[2].partition(".")[2].lower()
    try:
        return parse_entry(entry).value.removeprefix("*.")
    except InvalidEntryError:
        return ""
