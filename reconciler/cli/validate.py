"""`reconciler validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.options import format_option, pass_session
from reconciler.cli.report_option import report_option
from reconciler.render.report_kinds import OF_FINDINGS

if TYPE_CHECKING:
    from reconciler.cli.report_option import Target
    from reconciler.cli.session import Session


@click.command()
@report_option(OF_FINDINGS)
@format_option
@pass_session
def command(session: Session, *, targets: tuple[Target, ...]) -> int:
    """Check the tree alone, offline: every finding at once, with file, line and column."""
    from reconciler.cli.reports import reporting
    from reconciler.cli.workspace import open_workspace
    from reconciler.policy import judge_alone
    from reconciler.render.documents import dump
    from reconciler.render.findings import render_findings
    from reconciler.render.validation import render_valid, validation_document
    from reconciler.tree import add_source_lines

    with reporting(session, "validate", targets) as reporter:
        workspace = open_workspace(session.folder)
        workspace.refuse_unsafe_folders()
        desired = workspace.desired
        denied = tuple(finding for spec in desired.certificates.values() for finding in judge_alone(spec))
        denied = add_source_lines(workspace.root, denied)
        findings = (*desired.warnings, *denied)
        if session.is_json:
            session.write(dump(validation_document(findings, desired)))
        else:
            session.say(render_findings(findings, color=session.message_color))
            if not denied and not reporter.takes_stdout:
                session.write(render_valid(desired))
        reporter.findings(workspace.root, findings, desired.certificates)
    return ExitCode.INVALID_OR_DENIED if denied else ExitCode.DONE
