"""`reconciler order`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.fulfilled import fulfilled
from reconciler.cli.option_values import duration
from reconciler.cli.options import format_option, pass_session
from reconciler.cli.order_challenges import challenges
from reconciler.cli.order_changes import cancel, retry, revoke

if TYPE_CHECKING:
    from datetime import timedelta

    from reconciler.cli.session import Session
    from reconciler.model.flaw import FlawedRecord


@click.group(short_help="Look at orders, and say what becomes of them.")
def command() -> None:
    """Look at orders, say that their challenges are fulfilled, retry, cancel or revoke them.

    ORDER is the id of an order, the beginning of one, or the name of a certificate, for its last order.
    """


_MOST_RECENT = 500
_MOST_HOURS = 168

for _each in (challenges, fulfilled, retry, cancel, revoke):
    command.add_command(_each)


def _recent(
    _context: click.Context, _parameter: click.Parameter, within: timedelta | None
) -> timedelta | None:
    """See to the limits that the seed's system has for recent orders."""
    hours = 1 if within is None else within.total_seconds() / 3600
    if not 1 <= hours <= _MOST_HOURS:
        raise click.BadParameter(f"a time from 1h to {_MOST_HOURS}h is wanted")
    return within


@command.command("list")
@click.option("--active", is_flag=True, help="Only those that are under way.")
@click.option("--role", metavar="ROLE", help="Only those of this role.")
@click.option(
    "--within",
    type=duration,
    callback=_recent,
    metavar="DURATION",
    help="Only those made within this time (1h to 168h), archived or not; the newest 500.",
)
@click.option("--archived", is_flag=True, help="Those that are archived as well.")
@format_option
@pass_session
def list_(
    session: Session, *, active: bool, role: str | None, within: timedelta | None, archived: bool
) -> int:
    """List orders, the newest first."""
    from reconciler.cli.flaws import tell_flaws
    from reconciler.cli.workspace import open_workspace
    from reconciler.render.documents import dump
    from reconciler.render.order import orders_document, render_orders

    workspace = open_workspace(session.folder)
    store, now = workspace.store, session.clock.now()
    flawed: list[FlawedRecord] = []
    found = store.orders(flawed)
    if archived or within:
        found = store.archived_orders(flawed) | found
    flaws = workspace.in_tree(flawed)
    orders = [
        order
        for _, order in sorted(found.items(), reverse=True)
        if (order.is_open or not active)
        and role in (None, order.role_name)
        and (within is None or order.creation_date >= now - within)
    ][: _MOST_RECENT if within else None]
    if session.is_json:
        session.write(dump(orders_document(orders, flaws)))
    else:
        session.write(render_orders(orders, now=now, color=session.color))
    return tell_flaws(session, flaws)


@command.command()
@click.argument("order_id", metavar="ORDER")
@format_option
@pass_session
def show(session: Session, order_id: str) -> None:
    """Show all about one order, and what people may remove once it is over."""
    from reconciler.cli.order_lookup import find_order
    from reconciler.cli.workspace import open_workspace
    from reconciler.orders.instructions import left_by_people
    from reconciler.render.documents import dump
    from reconciler.render.order import order_document, render_order

    store = open_workspace(session.folder).store
    order = find_order(store, order_id)
    if session.is_json:
        session.write(dump(order_document(order, store.order_csr(order.order_id))))
        return
    account = store.account(order.account_name)
    left = left_by_people(order, account.responder) if account else ()
    session.write(render_order(order, left, now=session.clock.now(), color=session.color))
