"""Going on at once with some certificates, where a command has let them go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.engine.recorder import Recorder
    from reconciler.plan.actions import Plan


def workspace_to_go_on(folder: Path, trusted_ref: str | None) -> Workspace:
    """Return the workspace of a command that orders: whose policy counts matters then."""
    from reconciler.cli.workspace import open_trusted

    return open_trusted(folder, ref=trusted_ref, applying=True)


def go_on(
    session: Session, workspace: Workspace, certificates: Collection[str], log: Recorder, *, anew: bool
) -> int:
    """Carry out the part of the plan that orders these certificates; return the exit code.

    The lock must be held. `anew` says whether other orders may be made, or only those under way go on.
    """
    from reconciler.cli.carry_out import carry_out
    from reconciler.engine.options import ApplyOptions

    plan, found = _only(workspace.plan(session.clock.now()), certificates, anew=anew)
    if found < len(certificates):
        session.say("Not all of these orders can go on; `reconciler plan` says why.\n")
    with workspace.workplace(session.clock) as place:
        return carry_out(session, workspace, place, plan, ApplyOptions(), log, detailed_exitcode=False)


def _only(plan: Plan, certificates: Collection[str], *, anew: bool) -> tuple[Plan, int]:
    """Return the part of a plan that makes or goes on with orders of some certificates, and how many."""
    from msgspec.structs import replace

    from reconciler.plan.actions import CreateOrder, RegisterAccount, ResumeOrder
    from reconciler.plan.flawed import flaws_about

    orders = [
        each
        for each in plan.actions
        if (isinstance(each, ResumeOrder) or (anew and isinstance(each, CreateOrder)))
        and each.subject in certificates
    ]
    accounts = {each.account_name for each in orders}
    registered = [
        each for each in plan.actions if isinstance(each, RegisterAccount) and each.account.name in accounts
    ]
    only = replace(
        plan,
        actions=(*registered, *orders),
        held_back=(),
        held_keys=(),
        held_actions=(),
        flawed=flaws_about(plan.flawed, certificates.__contains__),
        denied=plan.denied if set(certificates) & set(plan.denied_certificates) else (),
    )
    return only, len(orders)
