"""`reconciler dns records`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import formats_option, pass_session
from reconciler.cli.session import OutputFormat
from reconciler.render.standing import FORMS

if TYPE_CHECKING:
    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.flaw import FlawedRecord
    from reconciler.orders.standing_records import Needed


@click.command()
@click.argument("names", nargs=-1, metavar="[CERTIFICATE]...")
@click.option("--no-caa", is_flag=True, help="Leave out the CAA records that go with them.")
@formats_option(*FORMS)
@pass_session
def records(session: Session, names: tuple[str, ...], *, no_caa: bool, form: str) -> int:
    """Show the records that are to stand in the DNS, for certificates that may be had by dns-persist-01.

    They name CA and account, and serve every later order. Asks neither the CA nor the DNS.
    """
    from reconciler.cli.flaws import tell_flaws
    from reconciler.cli.workspace import open_workspace
    from reconciler.errors import UnknownResourceError
    from reconciler.render.documents import dump
    from reconciler.render.standing import (
        records_document,
        records_for_tools,
        records_text,
        unready_lines,
    )

    flawed: list[FlawedRecord] = []
    needed = _needed(open_workspace(session.folder), names, flawed)
    if session.is_json:
        session.write(dump(records_document(needed, flawed, caa=not no_caa)))
    elif form == OutputFormat.TEXT:
        session.write(records_text(needed, caa=not no_caa, color=session.color))
    else:
        text = records_for_tools(needed, form, caa=not no_caa)
        unready = unready_lines(needed)
        if not text:
            why = "; ".join(unready) or "no certificate may be had by dns-persist-01"
            raise UnknownResourceError(f"there is no record to show: {why}")
        session.write(text)
        session.say("".join(f"{each}\n" for each in unready))
    return tell_flaws(session, flawed)


def _needed(workspace: Workspace, names: tuple[str, ...], flawed: list[FlawedRecord]) -> tuple[Needed, ...]:
    from reconciler.cli.lookup import find
    from reconciler.orders.standing_records import StandingRecords

    desired, store = workspace.desired, workspace.store
    specs = [
        find(desired.certificates, name, "certificate", in_tree=True)
        for name in names or sorted(desired.certificates)
    ]
    found: list[FlawedRecord] = []
    accounts, orders = store.accounts(found), store.orders(found)
    flawed += workspace.in_tree(found)
    return StandingRecords(desired.accounts, accounts, orders.values()).needed(specs)
