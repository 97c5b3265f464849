"""What a branch changes, and what was due anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.plan.actions import Action, Plan


@dataclass(frozen=True, slots=True)
class Comparison:
    """A plan in two parts: against the state as it is, and against the tree of another commit.

    Attributes:
        base: what it is compared with, as the user has named it: `origin/main`.
        commit: the commit that this is (full hash): the merge base.
        changed: what the branch changes: actions, findings and what is held back that the base's tree does
            not have.
        due: what was due anyway: what the base's tree has as well.
        undone: what the base's tree would have done, and this one does not.
    """

    base: str
    commit: str
    changed: Plan
    due: Plan
    undone: tuple[Action, ...] = ()
