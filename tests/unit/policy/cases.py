"""The cases of decisions.txt, and roles made in short."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.model.finding import Location
from reconciler.model.identity import Entity
from reconciler.model.role import DomainOption, Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

HERE = Location("roles/web.yaml", 1, 1)
ALL_OPTIONS = frozenset(DomainOption)


@dataclass(frozen=True, slots=True)
class Case:
    title: str
    line: int
    role: Role
    entity: Entity | None
    identifier: str
    allowed: bool
    denial: str | None
    entry: str | None
    option: str | None = None
    filled: str | None = None

    def __str__(self) -> str:
        return f"{self.line} {self.title}: {self.identifier}"


def make_role(
    allowed: Sequence[str],
    options: Collection[DomainOption] = (),
    denied: Sequence[str] = (),
    ranges: Sequence[str] = (),
) -> Role:
    return Role(
        "web",
        "le",
        HERE,
        HERE,
        allowed_domains=tuple(allowed),
        allowed_domain_options=frozenset(options),
        denied_domains=tuple(denied),
        allowed_ip_ranges=tuple(ip_network(each) for each in ranges),
    )


def role_of(allowed: str, options: str = "", denied: str = "", ranges: str = "") -> Role:
    """A role of lists with commas."""
    return make_role(
        _items(allowed), [DomainOption(each) for each in _items(options)], _items(denied), _items(ranges)
    )


def entity_of(text: str) -> Entity:
    fields = dict(each.split("=", 1) for each in text.split(", "))
    groups = frozenset(fields.pop("groups", "").split())
    return Entity(fields.pop("id"), fields.pop("name"), fields, groups)


def read_cases() -> Iterator[Case]:
    text = (Path(__file__).parent / "decisions.txt").read_text("utf-8")
    title, fields = "", dict[str, str]()
    role, entity = role_of(""), None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("== "):
            title, fields = line[3:], {}
        elif found := re.fullmatch(r"(allowed|options|denied|ranges|entity):(.*)", line):
            fields[found[1]] = found[2].strip()
            rest = dict(fields)
            entity = entity_of(rest.pop("entity")) if "entity" in rest else None
            role = role_of(**rest)
        elif line and not line.startswith("#"):
            answer, identifier, *columns = re.split(r" {2,}", line)
            columns += [""] * (3 - len(columns))
            assert answer in ("yes", "no"), line
            if answer == "yes":
                entry, option, filled = columns
                option = "" if option == "-" else option
                case = Case(
                    title, number, role, entity, identifier, True, None, entry, option or None, filled or None
                )
            else:
                denial, entry, _ = columns
                case = Case(title, number, role, entity, identifier, False, denial, entry or None)
            yield case


def _items(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]
