"""Roles compiled for look-ups, once for each role."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

from reconciler.errors import InvalidEntryError
from reconciler.policy.addresses import AddressIndex
from reconciler.policy.allowed import AllowedIndex
from reconciler.policy.denied import DeniedIndex
from reconciler.policy.entries import is_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.model.role import Role
    from reconciler.policy.template_index import TemplateIndex
    from reconciler.policy.templates import Template


class RoleIndex:
    """One role, compiled. It does not hold the role, so that it lives no longer than that.

    Attributes:
        names: what entries allow that are no templates.
        denied: None where the role denies nothing by name.
        templates: the entries that are templates; None where there are none. Broken ones allow nothing.
        endings: the entries by how they end, for who explains a denial; None until somebody has.
    """

    __slots__ = ("addresses", "denied", "endings", "names", "templates")

    def __init__(self, role: Role) -> None:
        plain = ((entry, None) for entry in role.allowed_domains if not is_template(entry))
        self.names = AllowedIndex(plain, role.allowed_domain_options)
        self.denied = DeniedIndex(role.denied_domains) if role.denied_domains else None
        self.addresses = AddressIndex(role.allowed_ip_ranges)
        self.templates = _template_index(role, [each for each in role.allowed_domains if is_template(each)])
        self.endings: dict[str, list[str]] | None = None


# By identity: to hash thousands of entries at each question would cost more than to answer it. A role that
# goes takes its index along, before another object can have its id.
_indexes: dict[int, tuple[ref[Role], RoleIndex]] = {}


def index_of(role: Role) -> RoleIndex:
    """Return the role, compiled."""
    key = id(role)
    kept = _indexes.get(key)
    if kept is not None and kept[0]() is role:
        return kept[1]
    index = RoleIndex(role)
    _indexes[key] = (ref(role, lambda _: _indexes.pop(key, None)), index)
    return index


def _template_index(role: Role, entries: Sequence[str]) -> TemplateIndex | None:
    if not entries:
        return None
    from reconciler.policy.template_index import TemplateIndex  # most roles have no templates

    templates = tuple(_templates(entries))
    return TemplateIndex(templates, role.allowed_domain_options) if templates else None


def _templates(entries: Sequence[str]) -> Iterator[Template]:
    from reconciler.policy.templates import parse_template

    for entry in entries:
        try:
            yield parse_template(entry)
        except InvalidEntryError:
            continue
