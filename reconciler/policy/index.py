"""Roles compiled for look-ups, once for each role, and once for each role and entity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import InvalidEntryError
from reconciler.policy.addresses import AddressIndex
from reconciler.policy.allowed import AllowedIndex
from reconciler.policy.denied import DeniedIndex
from reconciler.policy.templates import Template, is_template, parse_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.identity import Entity
    from reconciler.model.role import Role

_MOST = 2048


class RoleIndex:
    """One role, compiled.

    Attributes:
        role: the role; while it is kept, no other object has its id.
        names: what entries allow that are no templates.
        denied: None where the role denies nothing by name.
        templates: the entries that are templates; broken ones allow nothing.
    """

    __slots__ = ("addresses", "denied", "names", "role", "templates")

    def __init__(self, role: Role) -> None:
        self.role = role
        plain = ((entry, None) for entry in role.allowed_domains if not is_template(entry))
        self.names = AllowedIndex(plain, role.allowed_domain_options)
        self.denied = DeniedIndex(role.denied_domains) if role.denied_domains else None
        self.addresses = AddressIndex(role.allowed_ip_ranges)
        self.templates = tuple(_templates(role))


class _Filled:
    """The templates of one role, filled for one entity; both are kept for the sake of their ids."""

    __slots__ = ("entity", "names", "role")

    def __init__(self, index: RoleIndex, entity: Entity) -> None:
        self.role, self.entity = index.role, entity
        filled = ((template.text, template.fill(entity)) for template in index.templates)
        entries = ((text, value) for text, value in filled if isinstance(value, str))
        self.names = AllowedIndex(entries, index.role.allowed_domain_options)


# By identity: to hash thousands of entries at each question would cost more than to answer it.
_indexes: dict[int, RoleIndex] = {}
_filled: dict[tuple[int, int], _Filled] = {}


def index_of(role: Role) -> RoleIndex:
    """Return the role, compiled."""
    index = _indexes.get(id(role))
    if index is None:
        index = RoleIndex(role)
        _make_room(_indexes)
        _indexes[id(role)] = index
    return index


def filled_names(index: RoleIndex, entity: Entity) -> AllowedIndex:
    """Return what the templates of a role allow to an entity."""
    key = (id(index.role), id(entity))
    filled = _filled.get(key)
    if filled is None:
        filled = _Filled(index, entity)
        _make_room(_filled)
        _filled[key] = filled
    return filled.names


def _make_room(cache: dict[Any, Any]) -> None:
    while len(cache) >= _MOST:
        cache.pop(next(iter(cache)), None)


def _templates(role: Role) -> Iterator[Template]:
    for entry in role.allowed_domains:
        if is_template(entry):
            try:
                yield parse_template(entry)
            except InvalidEntryError:
                continue
