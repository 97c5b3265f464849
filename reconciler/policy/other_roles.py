"""Which roles would allow an identifier: looked up by how its name ends, so that few roles are asked."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.model.role import DomainOption
from reconciler.policy.deciding import decide
from reconciler.policy.entries import is_template, parse_entry
from reconciler.policy.possible import OpenTemplate
from reconciler.policy.templates import parse_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.model.identifier import Identifier
    from reconciler.model.identity import Entity
    from reconciler.model.role import Role

_MOST_KEPT = 16
_MOST_NAMED = 3
_MOST_ASKED = 20


def roles_allowing(
    roles: Mapping[str, Role], identifier: Identifier, entity: Entity | None = None, *, but: str = ""
) -> tuple[str, ...]:
    """Return the names of the roles that allow an identifier, in their order.

    Args:
        roles: all roles, by name; not changed any more.
        identifier: what is asked for.
        entity: who is proved to ask; None: nobody.
        but: the role that is left out, for it has been asked already.
    """
    return tuple(_allowing(roles, identifier, entity, but))


def other_roles_hint(
    roles: Mapping[str, Role], identifier: Identifier, entity: Entity | None = None, *, but: str = ""
) -> str | None:
    """Return which roles would allow an identifier, as a clause; None where none is found.

    For findings, of which there may be thousands: it names a few roles, and asks no more than twenty.
    """
    found = list(islice(_allowing(roles, identifier, entity, but, _MOST_ASKED), _MOST_NAMED + 1))
    if not found:
        return None
    *first, last = [f"`{name}`" for name in found]
    if not first:
        return f"the role {last} would allow it"
    if len(found) > _MOST_NAMED:
        last = "others"
    return f"the roles {', '.join(first)} and {last} would allow it"


def _allowing(
    roles: Mapping[str, Role],
    identifier: Identifier,
    entity: Entity | None,
    but: str,
    most_asked: int | None = None,
) -> Iterator[str]:
    others = (name for name in _endings_of(roles).candidates(identifier) if name != but)
    return (name for name in islice(others, most_asked) if decide(roles[name], identifier, entity).allowed)


class _Endings:
    """The names of roles, by the ends of the names that they could allow; a role too many does no harm."""

    __slots__ = ("_below", "_names", "_with_ranges", "roles")

    def __init__(self, roles: Mapping[str, Role]) -> None:
        # While it is kept here, no other object has its id.
        self.roles = roles
        self._names: dict[str, list[str]] = {}
        self._below: dict[str, list[str]] = {}
        self._with_ranges = sorted(name for name, role in roles.items() if role.allowed_ip_ranges)
        for name, role in roles.items():
            for entry in role.allowed_domains:
                self._add(name, role, entry)

    def candidates(self, identifier: Identifier) -> Sequence[str]:
        """Return the names of the roles that could allow an identifier, in their order."""
        if identifier.type == "ip":
            return self._with_ranges
        ending = identifier.base
        found = set(self._names.get(ending, ()))
        while ending:
            found.update(self._below.get(ending, ()))
            ending = ending.partition(".")[2]
        return sorted(found.union(self._below.get("", ())))

    def _add(self, name: str, role: Role, text: str) -> None:
        try:
            if is_template(text):
                tail = OpenTemplate(parse_template(text)).tail
                if tail is not None:
                    self._below.setdefault(tail, []).append(name)
                return
            entry = parse_entry(text)
        except InvalidEntryError:
            return
        if entry.glob is not None:
            self._below.setdefault(entry.glob.tail, []).append(name)
        elif DomainOption.SUBDOMAINS in role.allowed_domain_options:
            self._below.setdefault(entry.value, []).append(name)
        else:
            self._names.setdefault(entry.value, []).append(name)


_kept: dict[int, _Endings] = {}


def _endings_of(roles: Mapping[str, Role]) -> _Endings:
    endings = _kept.get(id(roles))
    if endings is None:
        endings = _Endings(roles)
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[id(roles)] = endings
    return endings
