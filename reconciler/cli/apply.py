"""`reconciler apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import (
    duration,
    format_option,
    lock_timeout_option,
    pass_session,
    role_removal_option,
    trusted_ref_option,
)
from reconciler.cli.sharing import sharing_options

if TYPE_CHECKING:
    from datetime import timedelta

    from reconciler.cli.session import Session
    from reconciler.cli.sharing import Sharing
    from reconciler.model.observed import Observed
    from reconciler.plan.actions import Plan


@click.command()
@click.option(
    "--parallelism",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    help="How many requests are under way at once.",
)
@click.option(
    "--timeout",
    type=duration,
    metavar="DURATION",
    default="10m",
    show_default=True,
    help="How long to wait for the CA in all; what is not done by then is left to the next run.",
)
@click.option("--no-wait", is_flag=True, help="Do not wait for the CA: go as far as is possible at once.")
@lock_timeout_option
@role_removal_option
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="End with 3 when orders wait: for people, the CA or the next try.",
)
@sharing_options
@trusted_ref_option
@format_option
@pass_session
def command(
    session: Session,
    *,
    parallelism: int,
    timeout: timedelta,
    no_wait: bool,
    lock_timeout: timedelta,
    allowed_removals: tuple[str, ...],
    detailed_exitcode: bool,
    commit: bool,
    push_to: str | None,
    trusted_ref: str | None,
) -> int:
    """Do what the plan says.

    Waits for the CA, never for people: what waits for them is saved and shown; the next apply goes on.
    """
    from reconciler.cli.carry_out import carry_out, show_plan
    from reconciler.cli.locking import locked
    from reconciler.cli.refresh import refresh_renewal_times
    from reconciler.cli.sharing import run_shared
    from reconciler.cli.workspace import open_trusted
    from reconciler.engine.options import ApplyOptions

    if push_to and not commit:
        raise click.UsageError("--push-to goes with --commit")
    workspace = open_trusted(session.folder, ref=trusted_ref, applying=True, is_shared=commit)
    workspace.refuse_keys_in_git()
    given = ApplyOptions(parallelism=parallelism, timeout=timeout, wait=not no_wait)
    with (
        locked(session, workspace, "reconciler apply", lock_timeout) as log,
        workspace.workplace(session.clock, parallelism) as place,
    ):

        def make(observed: Observed) -> Plan:
            return workspace.plan(session.clock.now(), observed, allowed_removals=allowed_removals)

        def act(sharing: Sharing | None) -> int:
            begin = session.clock.monotonic()
            observed = refresh_renewal_times(workspace, place, workspace.observe(), given, save=True)
            plan = sharing.claimed(make, observed) if sharing else make(observed)
            options = given.after(session.clock.monotonic() - begin)
            show_plan(session, workspace, plan)
            return carry_out(
                session, workspace, place, plan, options, log, detailed_exitcode=detailed_exitcode
            )

        if not commit:
            return act(None)
        where = {"push_to": push_to, "trusted_ref": trusted_ref}
        return run_shared(session, workspace, act, run_id=log.run, timeout=timeout, **where)
