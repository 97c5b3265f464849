"""`reconciler status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import format_option, pass_session

if TYPE_CHECKING:
    from reconciler.cli.session import Session


@click.command()
@format_option
@pass_session
def command(session: Session) -> int:
    """Show certificates, expiry, and what waits for whom."""
    from reconciler.cli.flaws import tell_flaws
    from reconciler.cli.workspace import open_trusted
    from reconciler.render.documents import dump
    from reconciler.render.status import render_status, status_document
    from reconciler.render.status_rows import status_rows

    workspace = open_trusted(session.folder)
    now = session.clock.now()
    observed = workspace.observe()
    plan = workspace.plan(now, observed)
    rows = status_rows(workspace.desired, observed, plan, plan.denied_certificates)
    if session.is_json:
        session.write(dump(status_document(rows, observed.flawed, now=now)))
    else:
        session.write(render_status(rows, now=now, color=session.color))
    return tell_flaws(session, observed.flawed)
