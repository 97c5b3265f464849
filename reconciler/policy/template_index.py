"""The templates of a role: only those are filled for somebody that the end of a name leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.policy.allowed import AllowedIndex
from reconciler.policy.possible import OpenTemplate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.identifier import Identifier
    from reconciler.model.identity import Entity
    from reconciler.model.role import DomainOption
    from reconciler.policy.decision import Decision
    from reconciler.policy.templates import Template

# How many filled entries are kept for a role: a few megabytes.
_MOST_FILLED = 20_000


class TemplateIndex:
    """The templates of one role, filed under the whole labels that end the names they could allow.

    Those filed in one place are filled together for an entity, and kept with it: so its next name costs no
    more than with entries that are no templates. When too many are kept, all are forgotten.
    """

    __slots__ = ("_by_tail", "_filled", "_number_filled", "_opened", "_options")

    def __init__(self, templates: Iterable[Template], options: frozenset[DomainOption]) -> None:
        self._options = options
        self._opened = {template.text: OpenTemplate(template) for template in templates}
        self._by_tail: dict[str, list[OpenTemplate]] = {}
        for opened in self._opened.values():
            if opened.tail is not None:
                self._by_tail.setdefault(opened.tail, []).append(opened)
        # By identity, for entities cannot be hashed; while one is kept here, no other has its id.
        self._filled: dict[tuple[int, str], tuple[Entity, AllowedIndex]] = {}
        self._number_filled = 0

    def get(self, text: str) -> OpenTemplate | None:
        """Return a template as it is when it is open; None if the role has none of this text."""
        return self._opened.get(text)

    def find(self, value: str, entity: Entity) -> Decision | None:
        """Return the decision that allows a canonical name or wildcard to an entity; None if none does."""
        for tail in self._tails(value):
            kept = self._filled.get((id(entity), tail))
            names = kept[1] if kept is not None and kept[0] is entity else self._fill(entity, tail)
            found = names.find(value)
            if found is not None:
                return found
        return None

    def could_allow(self, identifier: Identifier) -> bool:
        """Whether somebody may be allowed a name or wildcard; says yes in doubt."""
        return any(
            opened.could_match(self._options, identifier)
            for tail in self._tails(identifier.value)
            for opened in self._by_tail[tail]
        )

    def _tails(self, value: str) -> list[str]:
        """Return where the templates are filed that could allow a name, the longest tail first."""
        filed, tail = self._by_tail, value
        found = []
        while tail:
            if tail in filed:
                found.append(tail)
            tail = tail.partition(".")[2]
        if "" in filed:
            found.append("")
        return found

    def _fill(self, entity: Entity, tail: str) -> AllowedIndex:
        templates = [opened.template for opened in self._by_tail[tail]]
        filled = ((template.text, template.fill(entity)) for template in templates)
        entries = ((text, value) for text, value in filled if isinstance(value, str))
        names = AllowedIndex(entries, self._options)
        self._number_filled += len(templates)
        if self._number_filled > _MOST_FILLED:
            self._filled.clear()
            self._number_filled = len(templates)
        self._filled[id(entity), tail] = (entity, names)
        return names
