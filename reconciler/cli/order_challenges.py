"""`reconciler order challenges`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.option_values import identifier_value
from reconciler.cli.options import formats_option, pass_session
from reconciler.cli.session import OutputFormat
from reconciler.model.role import ChallengeType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.cli.session import Session
    from reconciler.model.instruction import Instruction


@click.command()
@click.argument("order_id", metavar="ORDER")
@click.option(
    "--identifier", type=identifier_value, metavar="NAME", help="Only those of this name or address."
)
@click.option(
    "--challenge-type",
    type=click.Choice([each.value for each in ChallengeType]),
    help="Only those of this type.",
)
@click.option("--all", "every", is_flag=True, help="Those that the program fulfils as well.")
@formats_option("zone", "nsupdate", "octodns")
@pass_session
def challenges(
    session: Session,
    order_id: str,
    *,
    identifier: str | None,
    challenge_type: str | None,
    every: bool,
    form: str,
) -> None:
    """Show what people have to do for the challenges of an order.

    In JSON these are all that the CA offers. In the forms zone (lines of a zone file), nsupdate (a script for
    it) and octodns (files of its YamlProvider): the records of those that are fulfilled in the DNS.
    """
    from reconciler.cli.order_lookup import find_order
    from reconciler.cli.workspace import open_workspace
    from reconciler.engine.fulfilled import require_identifier
    from reconciler.errors import UnknownResourceError
    from reconciler.render.challenges import (
        Shown,
        challenges_document,
        offered_challenges,
        render_challenges,
        to_fulfil,
    )
    from reconciler.render.documents import dump

    workspace = open_workspace(session.folder)
    order = find_order(workspace.store, order_id)
    account = workspace.store.account(order.account_name)
    if account is None:
        raise UnknownResourceError(f"the account {order.account_name} of this order is not in the state")
    if identifier is not None:
        require_identifier(order, identifier)
    found = [
        each
        for each in offered_challenges(order, account.responder)
        if identifier in (None, each.instruction.identifier.value)
        and challenge_type in (None, each.instruction.challenge_type)
    ]
    if session.is_json:
        session.write(dump(challenges_document(order, found)))
        return
    which = Shown.CHOSEN if every or identifier else Shown.FOR_PEOPLE
    if challenge_type:
        which = Shown.ALL
    if form != OutputFormat.TEXT:
        session.write(_records(order.order_id, to_fulfil(order, found, which), form))
        return
    text = render_challenges(
        order,
        found,
        folder=workspace.instructions_folder,
        which=which,
        color=session.color,
    )
    session.write(text)


def _records(order_id: str, instructions: Sequence[Instruction], form: str) -> str:
    from reconciler.errors import UnknownResourceError
    from reconciler.orders.records import challenge_records
    from reconciler.render.zone_records import nsupdate_script, octodns_files, zone_file

    records = challenge_records(instructions)
    if not records:
        raise UnknownResourceError(
            f"the order {order_id} has no DNS challenge for people to fulfil, and --format {form} shows "
            f"those alone; see `reconciler order challenges {order_id}`"
        )
    return {"zone": zone_file, "nsupdate": nsupdate_script, "octodns": octodns_files}[form](records)
