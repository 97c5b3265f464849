"""Records that cannot be read, as commands show them beside the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.cli.session import Session
    from reconciler.model.flaw import FlawedRecord


def tell_flaws(session: Session, flawed: Collection[FlawedRecord]) -> int:
    """Tell people what cannot be read, after the rest was shown; return the exit code.

    Programs have it in the JSON.
    """
    if not flawed:
        return ExitCode.DONE
    if not session.is_json:
        from reconciler.render.flaws import render_flaws

        session.say(render_flaws(flawed, color=session.message_color))
    return ExitCode.ERROR
