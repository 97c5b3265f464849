"""A plan as text. Most plans hold nothing: for those, no words for what a plan can hold are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.wording.unchanged import no_changes

if TYPE_CHECKING:
    from reconciler.render.shown import ShownPlan

_WIDTH = 80


def render_plan(
    shown: ShownPlan, *, color: bool = False, width: int = _WIDTH, limit: int | None = 100
) -> str:
    """Return a plan for people; ends with a line break.

    Args:
        shown: the plan, and what was found besides; warnings about the tree are left to the caller.
        color: whether to use SGR codes, as a terminal understands them.
        width: how long lines become where they can be broken.
        limit: how many denials are shown; None shows all.
    """
    if shown.is_quiet:
        text = no_changes(shown.plan.unchanged) + "\n"
    else:
        from reconciler.render.plan_blocks import render_blocks

        text = render_blocks(shown, color=color, width=width, limit=limit)
    if shown.preflight is not None:
        from reconciler.render.preflight import render_preflight  # loads all that can be found

        text += render_preflight(shown.preflight, color=color, width=width)
    if shown.digest:
        from reconciler.render.wording.plans import digest_text

        text = f"{text}\n{digest_text(shown.digest)}\n"
    return text
