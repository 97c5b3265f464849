"""A plan in the parts in which people read it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.render.rows import Operation, operation_of

if TYPE_CHECKING:
    from reconciler.plan.actions import Action, HeldBack, HeldBackAction, HeldBackKey, Plan
    from reconciler.render.shown import ShownPlan

SYMBOLS = {
    Operation.REENCRYPT: "~",
    Operation.REGISTER: "+",
    Operation.UPDATE: "~",
    Operation.ROTATE: "~",
    Operation.ORDER: "+",
    Operation.REPLACE: "~",
    Operation.RENEW: "~",
    Operation.RESUME: ">",
    Operation.ABANDON: "-",
    Operation.DELIVER: "=",
    Operation.REVOKE: "-",
    Operation.FORGET: "-",
    Operation.CLEAN_UP: "-",
    Operation.DEACTIVATE: "-",
}
"""What is made is +, what goes is -, what is changed is ~."""


class Part(StrEnum):
    """What a section is of a plan."""

    WHOLE = "whole"
    CHANGED = "changed"
    DUE = "due"


class Section(Struct, frozen=True):
    """A part of a plan."""

    part: Part
    plan: Plan

    @property
    def held(self) -> tuple[HeldBack | HeldBackKey | HeldBackAction, ...]:
        """What has to wait."""
        return (*self.plan.held_keys, *self.plan.held_back, *self.plan.held_actions)


def sections(shown: ShownPlan) -> tuple[Section, ...]:
    """Return the plan in two parts where it was compared, else as one."""
    if shown.comparison is None:
        return (Section(Part.WHOLE, shown.plan),)
    return (Section(Part.CHANGED, shown.comparison.changed), Section(Part.DUE, shown.comparison.due))


def undone(shown: ShownPlan) -> tuple[Action, ...]:
    """Return what would be done without the branch, and is not done with it."""
    return shown.comparison.undone if shown.comparison else ()


def symbol_of(action: Action) -> str:
    """Return the sign that stands before an action."""
    return SYMBOLS[operation_of(action)]
