"""The templates of a role: only those are filled for somebody that the end of a name leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from reconciler.policy.allowed import AllowedIndex
from reconciler.policy.possible import OpenTemplate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.model.identifier import Identifier
    from reconciler.model.identity import Entity
    from reconciler.model.role import DomainOption
    from reconciler.policy.decision import Decision
    from reconciler.policy.templates import Template

    # Whether a text starts or ends what it is looked for in, and how long it is.
    Part = tuple[Literal["start", "end"], int]

# How many filled entries are kept for a role: a few megabytes.
_MOST_FILLED = 20_000


class TemplateIndex:
    """The templates of one role, filed under what is the same for everybody in the names they could allow.

    That is the whole labels at the end, and there the text before the first variable, or else after the last.
    Those filed in one place are filled together for an entity, and kept with it: so its next name costs no
    more than with entries that are no templates. When too many are kept, all are forgotten.
    """

    __slots__ = ("_filed", "_filled", "_groups", "_number_filled", "_opened", "_options")

    def __init__(self, templates: Iterable[Template], options: frozenset[DomainOption]) -> None:
        self._options = options
        self._opened = {template.text: OpenTemplate(template) for template in templates}
        self._groups: list[list[OpenTemplate]] = []
        # Tail, how long a start or end is, its text, and then the place of the group.
        self._filed: dict[str, dict[Part, dict[str, int]]] = {}
        for opened in self._opened.values():
            if opened.tail is not None:
                self._file(opened, opened.tail)
        # By identity, for entities cannot be hashed; while one is kept here, no other has its id.
        self._filled: dict[tuple[int, int], tuple[Entity, AllowedIndex]] = {}
        self._number_filled = 0

    def get(self, text: str) -> OpenTemplate | None:
        """Return a template as it is when it is open; None if the role has none of this text."""
        return self._opened.get(text)

    def find(self, value: str, entity: Entity) -> Decision | None:
        """Return the decision that allows a canonical name or wildcard to an entity; None if none does."""
        for group in self._groups_for(value):
            kept = self._filled.get((id(entity), group))
            names = kept[1] if kept is not None and kept[0] is entity else self._fill(entity, group)
            found = names.find(value)
            if found is not None:
                return found
        return None

    def could_allow(self, identifier: Identifier) -> bool:
        """Whether somebody may be allowed a name or wildcard; says yes in doubt."""
        return any(
            opened.could_match(self._options, identifier)
            for group in self._groups_for(identifier.value)
            for opened in self._groups[group]
        )

    def _file(self, opened: OpenTemplate, tail: str) -> None:
        part: Part = ("start", len(opened.start)) if opened.start else ("end", len(opened.end))
        filed = self._filed.setdefault(tail, {}).setdefault(part, {})
        group = filed.setdefault(opened.start or opened.end, len(self._groups))
        if group == len(self._groups):
            self._groups.append([])
        self._groups[group].append(opened)

    def _groups_for(self, value: str) -> list[int]:
        """Return the groups of templates that could allow a name, those of the longest tail first."""
        found: list[int] = []
        tail, more = value, True
        while more:
            parts = self._filed.get(tail)
            if parts is not None:
                for (kind, length), filed in parts.items():
                    if kind == "start":
                        found += _started(value, length, filed)
                    elif (group := filed.get(value[len(value) - length :])) is not None:
                        found.append(group)
            more = tail != ""
            tail = tail.partition(".")[2]
        return found

    def _fill(self, entity: Entity, group: int) -> AllowedIndex:
        templates = [opened.template for opened in self._groups[group]]
        filled = ((template.text, template.fill(entity)) for template in templates)
        entries = ((text, value) for text, value in filled if isinstance(value, str))
        names = AllowedIndex(entries, self._options)
        self._number_filled += len(templates)
        if self._number_filled > _MOST_FILLED:
            self._filled.clear()
            self._number_filled = len(templates)
        self._filled[id(entity), group] = (entity, names)
        return names


def _started(value: str, length: int, filed: Mapping[str, int]) -> list[int]:
    """Return what is filed under the starts of this length; an entry may be what the name is below."""
    found, rest = [], value
    while rest:
        group = filed.get(rest[:length])
        if group is not None:
            found.append(group)
        rest = rest.partition(".")[2]
    return found
