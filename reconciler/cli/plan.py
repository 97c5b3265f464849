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
from reconciler.render.report_kinds import ReportKind

if TYPE_CHECKING:
    from reconciler.cli.limits import LimitOptions
    from reconciler.cli.report_option import Target
    from reconciler.cli.session import Session
    from reconciler.cli.verdicts import Verdicts
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
    "--no-cache",
    is_flag=True,
    envvar="RECONCILER_NO_CACHE",
    show_envvar=True,
    help="Read all files, even if none has changed since a plan found nothing to do; keep nothing.",
)
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
    no_cache: bool,
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
    from reconciler.cli.reports import reporting
    from reconciler.cli.saved_plans import save_plan, takes_stdout

    _check_outputs(out, targets, form)
    beside = takes_stdout(out)
    # JUnit's report names the certificates that nothing is to be done about.
    lists_all = any(target.kind is ReportKind.JUNIT for target in targets)
    asks_more = refresh or preflight or out or base or trusted_ref or selection.is_partial or lists_all
    verdicts = None if no_cache or asks_more else _open_verdicts(session)
    with reporting(session, "plan", targets, form, beside=beside) as reporter:
        known = verdicts.recall(session, with_digest=shows_digest or session.is_json) if verdicts else None
        if verdicts and known:
            reporter.plan(verdicts.root, known, ())
            return ExitCode.DONE
        from reconciler.cli.workspace import open_trusted
        from reconciler.render.shown import ShownPlan

        workspace = open_trusted(session.folder, ref=trusted_ref)
        workspace.refuse_unsafe_folders()
        observed = _observed(session, workspace, selection, refresh=refresh)
        if verdicts:
            verdicts.look(workspace, observed)
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
        reporter.plan(workspace.root, shown, workspace.desired.certificates)
        if verdicts:
            verdicts.keep(workspace, observed, shown)
    if plan.passed_limits:
        return ExitCode.LIMIT_PASSED
    if plan.flawed:
        return ExitCode.ERROR
    if plan.denied:
        return ExitCode.INVALID_OR_DENIED
    return ExitCode.CHANGES if detailed_exitcode and plan.has_changes else ExitCode.DONE


def _check_outputs(out: Path | None, targets: tuple[Target, ...], form: str) -> None:
    from reconciler.cli.report_option import same_file
    from reconciler.cli.saved_plans import takes_stdout

    if out is not None and any(
        target.path and same_file(target.path) == same_file(out) for target in targets
    ):
        raise click.UsageError(f"the saved plan and a report cannot go to one file: {out}")
    if takes_stdout(out) and (form != ReportKind.TEXT or any(target.path is None for target in targets)):
        raise click.UsageError("--out - has the standard output for itself: no --format and no report there")


def _open_verdicts(session: Session) -> Verdicts | None:
    from reconciler.cli.verdicts import open_verdicts

    return open_verdicts(session)


def _observed(session: Session, workspace: Workspace, selection: Selection, *, refresh: bool) -> Observed:
    from reconciler.cli.selecting import check_selection

    observed = workspace.observe()
    check_selection(selection, workspace.desired, observed)
    return _refreshed(session, workspace, observed) if refresh else observed


def _refreshed(session: Session, workspace: Workspace, observed: Observed) -> Observed:
    from reconciler.cli.refresh import refresh_renewal_times
    from reconciler.engine.options import ApplyOptions

    with workspace.workplace(session.clock) as place:
        return refresh_renewal_times(workspace, place, observed, ApplyOptions(), save=False)
