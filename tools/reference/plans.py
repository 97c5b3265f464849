"""What a plan can hold, and why: read from the closed unions of actions and reasons."""

from __future__ import annotations

from inspect import getdoc
from typing import TYPE_CHECKING, get_args

from reconciler.plan.actions import Action
from reconciler.plan.reasons import Reason
from tools.reference.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable


def action_table() -> str:
    """Return a row for each action."""
    return table(("Action", "Meaning"), _rows(get_args(Action), "kind"))


def reason_table() -> str:
    """Return a row for each reason."""
    return table(("Code", "Meaning"), _rows(get_args(Reason), "code"))


def _rows(classes: Iterable[type], word: str) -> list[tuple[str, str]]:
    return [(f"`{getattr(each, word)}`", (getdoc(each) or "").split("\n\n")[0]) for each in classes]
