"""`reconciler state`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.options import format_option, pass_session

if TYPE_CHECKING:
    from reconciler.cli.session import Session


@click.group(short_help="Look whether the state directory fits together.")
def command() -> None:
    """Look at the state directory as a whole."""


@command.command()
@format_option
@pass_session
def check(session: Session) -> int:
    """Find what does not fit together in the state and the output folder, and say how to mend it.

    Offline, without a lock, and nothing is changed. Ends with 1 if there is an error; what the next apply
    does by itself is none. A run that is under way meanwhile may look like one that was killed.
    """
    from reconciler.checkup import check_state
    from reconciler.cli.workspace import open_settings
    from reconciler.deliver.rules import rules_of
    from reconciler.model.state_finding import Level
    from reconciler.render.documents import dump
    from reconciler.render.state_check import render_state_check, state_check_document

    workspace = open_settings(session.folder)
    root = workspace.state
    rules = rules_of(workspace.root, workspace.desired.settings)
    top = workspace.top_of_state
    findings = check_state(root, workspace.output, workspace.cipher, session.clock.now(), rules, top)
    if session.is_json:
        session.write(dump(state_check_document(str(root), findings)))
    else:
        session.write(render_state_check(str(root), findings, color=session.color))
    return ExitCode.ERROR if any(each.level is Level.ERROR for each in findings) else ExitCode.DONE
