"""The words for limits that a plan passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.model.safety import LimitKind
from reconciler.render.text import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.safety import PassedLimit

EMPTY_TREE = "empty_tree"


def limit_name(passed: PassedLimit) -> str:
    """Return what a limit is called, in JSON too."""
    return passed.kind.value if passed.kind else EMPTY_TREE


def limit_text(passed: PassedLimit) -> str:
    """Return which limit is passed, and by how much."""
    number = passed.counted
    match passed.kind:
        case None:
            return f"the tree asks for no certificate at all: {number} would be forgotten"
        case LimitKind.MAX_CHANGES:
            said = f"there would be {count(number, 'change')}"
        case LimitKind.MAX_REPLACE:
            said = f"{count(number, 'certificate')} would be replaced"
        case LimitKind.MAX_FORGET:
            said = f"{count(number, 'certificate')} would be forgotten"
        case _:
            assert_never(passed.kind)
    share = f" ({passed.limit} of the {passed.known} that are known)" if _is_share(passed) else ""
    return f"{said}, and {passed.kind} allows {passed.allowed}{share}"


def limit_advice(passed: PassedLimit) -> str:
    """Return what can be done about it."""
    if passed.kind is None:
        return "look whether all files are here; if that is meant: `--allow-empty-tree`"
    flag = f"--{passed.kind.replace('_', '-')}"
    return f"split the change (`--select`), or allow it this once: `{flag} {passed.counted}`"


def nothing_done(passed: Sequence[PassedLimit]) -> str:
    """Return that a run has done nothing, and why."""
    return f"Nothing was done: {'; '.join(map(limit_text, passed))}."


def _is_share(passed: PassedLimit) -> bool:
    return passed.limit is not None and passed.limit.is_percent
