"""The words for whom private keys are encrypted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.encryption import recipient_label
from reconciler.render.text import clean, count

if TYPE_CHECKING:
    from reconciler.plan.actions import ReencryptKeys

_HISTORY = (
    "a removed recipient can still read what is in the history of Git: rotate account keys, and replace "
    "certificates"
)
_IN_CLEAR = "they will lie in the state IN CLEAR: Git must ignore them from now on"


def reencryption_title(action: ReencryptKeys) -> str:
    """Return what is done to the keys."""
    keys = count(action.number, "private key")
    if not action.recipients:
        return f"DECRYPT {keys}"
    return (
        f"encrypt {keys}"
        if len(action.added) == len(action.recipients) and not action.removed
        else f"re-encrypt {keys}"
    )


def reencryption_lines(action: ReencryptKeys) -> list[str]:
    """Return whom the keys are encrypted for now, and not any more, and what follows."""
    lines = [f"+ {clean(recipient_label(each))}" for each in action.added]
    lines += [f"- {clean(recipient_label(each))}" for each in action.removed]
    if not action.recipients:
        return [*lines, _IN_CLEAR]
    return [*lines, _HISTORY] if action.removed else lines
