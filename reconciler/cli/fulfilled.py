"""`reconciler order fulfilled`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.claims import refuse_claimed_order
from reconciler.cli.flaws import tell_flaws
from reconciler.cli.locking import locked
from reconciler.cli.option_values import identifier_value
from reconciler.cli.options import format_option, lock_timeout_option, pass_session, trusted_ref_option
from reconciler.model.log import LogEvent
from reconciler.model.role import ChallengeType

if TYPE_CHECKING:
    from datetime import timedelta

    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.order import Order


@click.command()
@click.argument("order_id", metavar="[ORDER]", required=False)
@click.option("--all", "every", is_flag=True, help="All orders that wait for people.")
@click.option(
    "--identifier",
    type=identifier_value,
    metavar="NAME",
    help="Only the challenge of this name or address.",
)
@click.option(
    "--challenge-type",
    type=click.Choice([each.value for each in ChallengeType]),
    help="The type that was fulfilled, where it is not the one that was asked for.",
)
@click.option("--continue", "goes_on", is_flag=True, help="Go on with these orders at once.")
@lock_timeout_option
@trusted_ref_option
@format_option
@pass_session
def fulfilled(
    session: Session,
    order_id: str | None,
    *,
    every: bool,
    identifier: str | None,
    challenge_type: str | None,
    goes_on: bool,
    lock_timeout: timedelta,
    trusted_ref: str | None,
) -> int:
    """Say that the challenges of an order are fulfilled; the next apply tells the CA."""
    from reconciler.cli.go_on import go_on, workspace_to_go_on
    from reconciler.cli.order_lookup import find_order
    from reconciler.cli.workspace import open_workspace
    from reconciler.render.fulfilled import render_fulfilled

    if every == (order_id is not None):
        raise click.UsageError("name one ORDER, or give --all")
    if every and identifier is not None:
        raise click.UsageError("--identifier goes with one ORDER, not with --all")
    workspace = workspace_to_go_on(session.folder, trusted_ref) if goes_on else open_workspace(session.folder)
    with locked(session, workspace, "reconciler order fulfilled", lock_timeout) as log:
        flawed: list[FlawedRecord] = []
        orders = [find_order(workspace.store, order_id)] if order_id else _waiting(workspace, flawed)
        for order in orders:
            refuse_claimed_order(session, workspace, order)
        marked = _mark(session, workspace, orders, identifier, challenge_type)
        for order in marked:
            log.note(
                LogEvent.ORDER_FULFILLED,
                certificate=order.certificate_name,
                order_id=order.order_id,
                identifier=identifier,
                challenge_type=challenge_type,
            )
        if goes_on and marked:
            if not session.is_json:
                session.write(render_fulfilled(marked, go_on=True) + "\n")
            return go_on(session, workspace, {order.certificate_name for order in marked}, log, anew=False)
    _show(session, marked, flawed)
    return tell_flaws(session, flawed)


def _waiting(workspace: Workspace, flawed: list[FlawedRecord]) -> list[Order]:
    from reconciler.engine.fulfilled import has_had_people

    found: list[FlawedRecord] = []
    orders = workspace.store.orders(found)
    flawed += workspace.in_tree(found)
    return [order for order in orders.values() if has_had_people(order)]


def _mark(
    session: Session,
    workspace: Workspace,
    orders: list[Order],
    identifier: str | None,
    challenge_type: str | None,
) -> list[Order]:
    from reconciler.engine.fulfilled import mark_fulfilled

    now = session.clock.now()
    # All are marked before one is saved: what cannot be marked is an error, and then nothing has changed.
    marked = [
        mark_fulfilled(
            order,
            now,
            identifier=identifier,
            challenge_type=challenge_type,
            allowed=_allowed(workspace, order),
        )
        for order in orders
    ]
    for order in marked:
        workspace.store.save_order(order)
    return marked


def _allowed(workspace: Workspace, order: Order) -> tuple[ChallengeType, ...]:
    spec = workspace.desired.certificates.get(order.certificate_name)
    return spec.challenge_types if spec else ()


def _show(session: Session, orders: list[Order], flawed: list[FlawedRecord]) -> None:
    from reconciler.render.documents import dump
    from reconciler.render.fulfilled import fulfilled_document, render_fulfilled

    if session.is_json:
        session.write(dump(fulfilled_document(orders, flawed)))
    else:
        session.write(render_fulfilled(orders))
