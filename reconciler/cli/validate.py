"""`reconciler validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.options import format_option, pass_session

if TYPE_CHECKING:
    from reconciler.cli.session import Session


@click.command()
@format_option
@pass_session
def command(session: Session) -> int:
    """Check the tree alone, offline: every finding at once, with file, line and column."""
    from reconciler.cli.workspace import open_workspace
    from reconciler.policy import judge_alone
    from reconciler.render.documents import dump
    from reconciler.render.findings import render_findings
    from reconciler.render.validation import render_valid, validation_document
    from reconciler.tree import add_source_lines

    workspace = open_workspace(session.folder)
    workspace.refuse_keys_in_git()
    denied = tuple(
        finding for spec in workspace.desired.certificates.values() for finding in judge_alone(spec)
    )
    denied = add_source_lines(workspace.root, denied)
    findings = (*workspace.desired.warnings, *denied)
    if session.is_json:
        session.write(dump(validation_document(findings, workspace.desired)))
    else:
        session.say(render_findings(findings, color=session.message_color))
        if not denied:
            session.write(render_valid(workspace.desired))
    return ExitCode.INVALID_OR_DENIED if denied else ExitCode.DONE
