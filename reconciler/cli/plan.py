"""`reconciler plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.options import format_option, pass_session, trusted_ref_option

if TYPE_CHECKING:
    from reconciler.cli.session import Session


@click.command()
@click.option(
    "--detailed-exitcode", is_flag=True, help="End with 2 when there are changes, as Terraform does."
)
@trusted_ref_option
@format_option
@pass_session
def command(session: Session, *, detailed_exitcode: bool, trusted_ref: str | None) -> int:
    """Show what would be done, and why; change nothing.

    Takes no lock and needs no network.
    """
    from reconciler.cli.workspace import open_trusted

    workspace = open_trusted(session.folder, ref=trusted_ref)
    plan = workspace.plan(session.clock.now())
    if session.is_json:
        from reconciler.render.documents import dump
        from reconciler.render.plan_json import plan_document

        session.write(dump(plan_document(plan)))
    else:
        from reconciler.render.findings import render_findings
        from reconciler.render.plan_text import render_plan

        session.say(render_findings(workspace.desired.warnings, color=session.message_color))
        session.write(render_plan(plan, color=session.color))
    if plan.denied:
        return ExitCode.INVALID_OR_DENIED
    return ExitCode.CHANGES if detailed_exitcode and plan.has_changes else ExitCode.DONE
