"""The words for what a plan leaves out, and for what it may not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.safety import LimitKind
from reconciler.render.text import clean, count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.safety import PassedLimit
    from reconciler.model.selection import Selection

_WHAT = {
    LimitKind.MAX_CHANGES: "changed",
    LimitKind.MAX_REPLACE: "replaced",
    LimitKind.MAX_FORGET: "forgotten",
}

LIMIT_CODE = "limit-"
"""What the codes of limits begin with."""

LIMIT_PASSED = "a safety limit is passed: nothing of this plan is done"


def limit_code(passed: PassedLimit) -> str:
    """Return the stable word for a limit that is passed: `limit-max-forget`."""
    return LIMIT_CODE + (passed.kind.replace("_", "-") if passed.kind else "empty-tree")


def limit_text(passed: PassedLimit) -> str:
    """Return which limit a plan passes, and by how much."""
    if passed.kind is None:
        certificates = count(passed.counted, "certificate")
        return f"the tree asks for no certificate at all, and {certificates} would be forgotten"
    share = f" ({passed.limit} of {passed.known})" if passed.limit and passed.limit.is_percent else ""
    certificates = count(passed.counted, "certificate")
    return f"{certificates} would be {_WHAT[passed.kind]}; {passed.kind} allows {passed.allowed}{share}"


def refused_text(passed: Iterable[PassedLimit]) -> str:
    """Return that nothing of a plan was done, for it passes limits."""
    return f"Nothing was done: {'; '.join(map(limit_text, passed))}."


def limit_advice(passed: PassedLimit) -> str:
    """Return what to do about it."""
    if passed.kind is None:
        return "look whether this is the right tree; if it is meant: `--allow-empty-tree`"
    option = passed.kind.replace("_", "-")
    return (
        f"if it is meant: `--{option} {passed.counted}` for one run, or `safety: {{{passed.kind}: "
        f"{passed.counted}}}` in reconciler.yaml"
    )


def partial_text(selection: Selection) -> str:
    """Return that a plan is partial, and what it is about."""
    parts = (
        ("named", selection.select),
        ("not named", selection.exclude),
        ("of role", selection.roles),
        ("of account", selection.accounts),
    )
    chosen = ", ".join(f"{word} {_listed(names)}" for word, names in parts if names)
    return f"this plan is partial: only certificates {chosen}; the rest is left as it is"


def _listed(names: tuple[str, ...]) -> str:
    return " or ".join(f"`{clean(name)}`" for name in names)
