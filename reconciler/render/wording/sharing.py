"""The words for a state that is shared by Git: what was fetched, pushed, and changed by others at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.text import clean, count

if TYPE_CHECKING:
    from reconciler.sharing.merging import Conflict
    from reconciler.sharing.shared import Published

OUTPUT_NOT_PUSHED = "note: the output folder is outside of the repository, and is not pushed"


def fetching_text(target: str) -> str:
    """Return that the state is being fetched."""
    return f"fetching the state from {clean(target)}"


def published_lines(published: Published, target: str, state: str) -> list[str]:
    """Return what has become of a push, a line for each thing to know.

    Args:
        published: what has become public.
        target: where, as a user writes it.
        state: the state directory, likewise.
    """
    target = clean(target)
    lines = [_conflict(each, target, state) for each in published.conflicts]
    if published.pushes:
        tries = "" if published.tries == published.pushes else f", {published.tries} tries"
        pushes = count(published.pushes, "push", "pushes")
        lines.append(f"pushed {published.commit[:12]} to {target} ({pushes}{tries})")
    elif published.tries:
        tries = count(published.tries, "try", "tries")
        lines.append(f"nothing was pushed: others were faster ({tries})")
    if published.note:
        lines.append(f"note: {clean(published.note)}")
    return lines


def _conflict(conflict: Conflict, target: str, state: str) -> str:
    theirs = f"that of {target}"
    stays, other = ("this run's", theirs) if conflict.ours_stays else (theirs, "this run's")
    kept = conflict.kept[0].removeprefix("state/") if conflict.kept else ""
    where = f", and {other} is kept in {clean(state)}/{clean(kept)}" if kept else ""
    what = f"{conflict.resource.kind} {clean(conflict.resource.name)}"
    return f"warning: {what} was changed here and by others at once: {stays} stays{where}"
