"""`reconciler plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.options import formats_option, pass_session, trusted_ref_option
from reconciler.cli.plan_options import base_option, limit_options, role_removal_option, selection_options
from reconciler.cli.report_option import report_option
from reconciler.render.reports import ReportKind

if TYPE_CHECKING:
    from reconciler.cli.limits import LimitOptions
    from reconciler.cli.report_option import Target
    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.observed import Observed
    from reconciler.model.selection import Selection
    from reconciler.plan.actions import Plan


@click.command()
@trusted_ref_option
@base_option
@click.option("--refresh", is_flag=True, help="Ask the CAs when certificates are to be renewed (RFC 9773).")
@click.option(
    "--preflight",
    is_flag=True,
    help="Look whether the orders can succeed: CAA records, DNS delegations, ports, access to DNS providers, "
    "what this machine has.",
)
@selection_options
@limit_options
@role_removal_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Save the plan for `reconciler apply FILE`; - is the standard output.",
)
@click.option("--digest", "shows_digest", is_flag=True, help="Show the digest that `apply --expect` takes.")
@report_option(tuple(ReportKind))
@formats_option("markdown", for_whom="For people, for programs, or for a comment on a pull request.")
@click.option(
    "--detailed-exitcode", is_flag=True, help="End with 2 when there are changes, as Terraform does."
)
@pass_session
def command(
    session: Session,
    *,
    detailed_exitcode: bool,
    refresh: bool,
    preflight: bool,
    out: Path | None,
    shows_digest: bool,
    selection: Selection,
    limits: LimitOptions,
    base: str | None,
    allowed_removals: tuple[str, ...],
    trusted_ref: str | None,
    targets: tuple[Target, ...],
    form: str,
) -> int:
    """Show what would be done, and why; change nothing.

    Takes no lock and, without --refresh and --preflight, needs no network: renewal times are those that apply
    has seen last. What --preflight finds is advice: it changes neither the plan nor the exit code.
    """
    from reconciler.cli.report_option import same_file
    from reconciler.cli.reports import reporting
    from reconciler.cli.saved_plans import save_plan, takes_stdout
    from reconciler.cli.selecting import check_selection
    from reconciler.cli.workspace import open_trusted
    from reconciler.render.shown import ShownPlan

    beside = takes_stdout(out)
    if out is not None and any(
        target.path and same_file(target.path) == same_file(out) for target in targets
    ):
        raise click.UsageError(f"the saved plan and a report cannot go to one file: {out}")
    if beside and (form != ReportKind.TEXT or any(target.path is None for target in targets)):
        raise click.UsageError("--out - has the standard output for itself: no --format and no report there")
    with reporting(session, "plan", targets, form, beside=beside) as reporter:
        workspace = open_trusted(session.folder, ref=trusted_ref)
        workspace.refuse_unsafe_folders()
        observed = workspace.observe()
        check_selection(selection, workspace.desired, observed)
        if refresh:
            observed = _refreshed(session, workspace, observed)
        now = session.clock.now()

        def make(each: Workspace) -> Plan:
            made = each.plan(now, observed, allowed_removals, selection)
            return limits.hold(made, each.desired, observed)

        plan = make(workspace)
        asked = out or shows_digest or session.is_json
        digest = save_plan(session, workspace, plan, observed, out) if asked else None
        shown = ShownPlan(plan, warnings=workspace.desired.warnings, digest=digest)
        if base is not None:
            from reconciler.cli.comparing import compare_with

            comparison, found = compare_with(base, workspace, plan, make)
            shown = replace(shown, comparison=comparison, warnings=(*shown.warnings, *found))
        if preflight:
            from reconciler.cli.preflight import look_ahead

            shown = replace(shown, preflight=look_ahead(session, workspace, observed, plan))
        reporter.plan(workspace, shown)
    if plan.passed_limits:
        return ExitCode.LIMIT_PASSED
    if plan.flawed:
        return ExitCode.ERROR
    if plan.denied:
        return ExitCode.INVALID_OR_DENIED
    return ExitCode.CHANGES if detailed_exitcode and plan.has_changes else ExitCode.DONE


def _refreshed(session: Session, workspace: Workspace, observed: Observed) -> Observed:
    from reconciler.cli.refresh import refresh_renewal_times
    from reconciler.engine.options import ApplyOptions

    with workspace.workplace(session.clock) as place:
        return refresh_renewal_times(workspace, place, observed, ApplyOptions(), save=False)
