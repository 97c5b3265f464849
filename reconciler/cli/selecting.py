"""A selection that matches nothing is a mistake, and is said to be one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import UnknownResourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.desired import Desired
    from reconciler.model.observed import Observed
    from reconciler.model.selection import Selection
    from reconciler.plan.choosing import Unmatched

_KINDS = {"select": "certificate that matches", "roles": "role", "accounts": "account"}
_MOST = 6  # names in a message


def check_selection(selection: Selection, desired: Desired, observed: Observed) -> None:
    """See whether everything that is chosen is there, in the tree or in the state.

    What is excluded need not be there: that it is not done is all that was asked for.

    Raises:
        UnknownResourceError: something is not; says what is near.
    """
    if not selection.is_partial:
        return
    from reconciler.plan.choosing import unmatched

    missing = list(unmatched(selection, desired, observed))
    if missing:
        raise UnknownResourceError("; ".join(map(_text, missing)))


def _text(missing: Unmatched) -> str:
    kind = _KINDS[missing.field]
    said = f"there is no {kind} `{missing.value}`, neither in the tree nor in the state"
    near = _near(missing)
    if not near:
        return f"{said}; there are {_some(missing.known)}" if missing.known else f"{said}: there are none"
    return f"{said}; did you mean {' or '.join(f'`{each}`' for each in near)}?"


def _near(missing: Unmatched) -> list[str]:
    """Return what may have been meant: names, or a folder with all below it."""
    import difflib

    names = difflib.get_close_matches(missing.value, missing.known, n=2)
    if missing.field != "select":
        return names
    folders = {folder for each in missing.known if (folder := each.rpartition("/")[0])}
    wanted = missing.value.rstrip("/*")
    near = difflib.get_close_matches(wanted, folders, n=1)
    those = [f"{each}/**" for each in near]
    return those or names if wanted in folders or wanted != missing.value else names or those


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(f"`{each}`" for each in names[:_MOST]) + more
