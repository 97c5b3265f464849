"""What a role says of names, as rows: the policy's answer for each, and which other roles would allow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.model.scripts import mixed_scripts
from reconciler.policy import decide, explain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.evidence import Unproved
    from reconciler.model.finding import Location
    from reconciler.model.identifier import Identifier
    from reconciler.model.identity import Entity
    from reconciler.model.role import Role
    from reconciler.policy import Explanation


@dataclass(frozen=True, slots=True)
class ExplanationRow:
    """The answer for one identifier.

    Attributes:
        location: where the tree asks for it; None where the command line did.
        other_roles: the names of the other roles that would allow it; only where it is denied.
    """

    identifier: Identifier
    explanation: Explanation
    location: Location | None = None
    other_roles: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the role allows it."""
        return self.explanation.decision.allowed

    @property
    def notes(self) -> tuple[str, ...]:
        """What to look at, allowed or not: labels that may be there to be taken for others."""
        return tuple(each.text for each in mixed_scripts(self.identifier.value))


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """What was asked, and the answers.

    Attributes:
        entity: in whose name it was asked; None where in nobody's.
        certificate_name: of the request whose identifiers they are; None where the command line named them.
    """

    role: Role
    rows: tuple[ExplanationRow, ...]
    entity: Entity | None = None
    certificate_name: str | None = None

    @property
    def denied(self) -> int:
        """How many identifiers the role denies."""
        return sum(not row.allowed for row in self.rows)


def explanation_rows(
    role: Role,
    identifiers: Sequence[Identifier],
    locations: Sequence[Location | None],
    entity: Entity | None,
    unproved: Unproved | None,
    roles: Mapping[str, Role],
) -> tuple[ExplanationRow, ...]:
    """Return what a role says of each identifier.

    Args:
        role: whose policy is asked.
        identifiers: what it is asked about.
        locations: the place of each of them in the tree, as far as it has one.
        entity: who asks; None where that is not proved.
        unproved: why it is not, and what to do.
        roles: all roles, by name; those of them that would allow what this one denies are named.
    """
    others = [other for name, other in sorted(roles.items()) if name != role.name]
    rows = []
    for identifier, location in zip(identifiers, locations, strict=True):
        explanation = explain(role, identifier, entity, unproved)
        allowing: tuple[str, ...] = ()
        if not explanation.decision.allowed:
            # Every role is asked for each denied name: by the fast way, which says no more than yes or no.
            allowing = tuple(other.name for other in others if decide(other, identifier, entity).allowed)
        rows.append(ExplanationRow(identifier, explanation, location, allowing))
    return tuple(rows)
