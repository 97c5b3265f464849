"""`reconciler apply`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.option_values import duration, plan_digest
from reconciler.cli.options import format_option, lock_timeout_option, pass_session, trusted_ref_option
from reconciler.cli.plan_options import limit_options, role_removal_option, selection_options, sharing_options
from reconciler.engine.options import PARALLELISM

if TYPE_CHECKING:
    from datetime import timedelta

    from reconciler.cli.limits import LimitOptions
    from reconciler.cli.session import Session
    from reconciler.cli.sharing import Sharing
    from reconciler.model.observed import Observed
    from reconciler.model.selection import Selection
    from reconciler.plan.actions import Plan


@click.command()
@click.argument(
    "file",
    metavar="[FILE]",
    required=False,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option(
    "--expect",
    type=plan_digest,
    metavar="DIGEST",
    help="Do it only if the plan has this digest; `plan --digest` shows it.",
)
@trusted_ref_option
@selection_options
@limit_options
@role_removal_option
@click.option(
    "--parallelism",
    type=click.IntRange(1, 100),
    default=PARALLELISM,
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
@sharing_options
@format_option
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="End with 3 when orders wait: for people, the CA or the next try.",
)
@pass_session
def command(
    session: Session,
    *,
    file: Path | None,
    expect: str | None,
    parallelism: int,
    timeout: timedelta,
    no_wait: bool,
    lock_timeout: timedelta,
    selection: Selection,
    limits: LimitOptions,
    allowed_removals: tuple[str, ...],
    detailed_exitcode: bool,
    commit: bool,
    push_to: str | None,
    trusted_ref: str | None,
) -> int:
    """Do what the plan says; with FILE, exactly what was saved by `plan --out`.

    What was saved, or is expected, must still be what is to be done: otherwise nothing is.

    Waits for the CA, never for people: what waits for them is saved and shown; the next apply goes on.
    """
    from reconciler.cli.approval import approval_of
    from reconciler.cli.carry_out import carry_out, show_plan
    from reconciler.cli.locking import locked
    from reconciler.cli.refresh import refresh_for_renewal, refresh_renewal_times
    from reconciler.cli.selecting import check_selection
    from reconciler.cli.workspace import open_trusted
    from reconciler.engine.options import ApplyOptions

    if push_to and not commit:
        raise click.UsageError("--push-to goes with --commit")
    approval, selection = approval_of(file, expect, selection)
    workspace = open_trusted(session.folder, ref=trusted_ref, applying=True, is_shared=commit)
    workspace.refuse_unsafe_folders()
    given = ApplyOptions(parallelism=parallelism, timeout=timeout, wait=not no_wait)
    with (
        locked(session, workspace, "reconciler apply", lock_timeout) as log,
        workspace.workplace(session.clock, parallelism, is_shared=commit) as place,
    ):
        refresh = partial(refresh_for_renewal, workspace, place, given)

        def whole(observed: Observed) -> Plan:
            return workspace.plan(session.clock.now(), observed, allowed_removals, selection)

        def make(observed: Observed) -> Plan:
            plan = approval.approved(session, workspace, whole, observed, refresh)
            return limits.hold(plan, workspace.desired, observed)

        def act(sharing: Sharing | None) -> int:
            begin = session.clock.monotonic()
            observed = workspace.observe()
            if file is None:
                check_selection(selection, workspace.desired, observed)
            if not approval.is_given:
                # Otherwise the renewal times are those that were reviewed.
                observed = refresh_renewal_times(workspace, place, observed, given, save=True)
            plan = sharing.claimed(make, observed) if sharing else make(observed)
            options = given.after(session.clock.monotonic() - begin)
            show_plan(session, workspace, plan)
            return carry_out(
                session, workspace, place, plan, options, log, detailed_exitcode=detailed_exitcode
            )

        if not commit:
            return act(None)
        from reconciler.cli.sharing import run_shared

        return run_shared(
            session, workspace, act, run_id=log.run, push_to=push_to, trusted_ref=trusted_ref, timeout=timeout
        )
