"""`reconciler account`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.account_changes import deactivate, import_, rotate_key
from reconciler.cli.options import format_option, pass_session

if TYPE_CHECKING:
    from reconciler.cli.session import Session
    from reconciler.model.flaw import FlawedRecord
    from reconciler.render.account import AccountView


@click.group(short_help="Look at ACME accounts, import them, change their keys.")
def command() -> None:
    """Look at the ACME accounts of the tree and of the state, import, deactivate them, change their keys."""


for _each in (import_, rotate_key, deactivate):
    command.add_command(_each)


@command.command("list")
@format_option
@pass_session
def list_(session: Session) -> int:
    """List the accounts of the tree and of the state."""
    from reconciler.cli.flaws import tell_flaws
    from reconciler.render.account import accounts_document, render_accounts
    from reconciler.render.documents import dump

    flawed: list[FlawedRecord] = []
    views = list(_views(session, flawed).values())
    if session.is_json:
        session.write(dump(accounts_document(views, flawed)))
    else:
        session.write(render_accounts(views, color=session.color))
    return tell_flaws(session, flawed)


@command.command()
@click.argument("name")
@format_option
@pass_session
def show(session: Session, name: str) -> None:
    """Show all about one account; never its keys."""
    from reconciler.cli.lookup import find_readable
    from reconciler.render.account import account_document, render_account
    from reconciler.render.documents import dump

    view = find_readable(lambda flawed: _views(session, flawed), name, "account")
    if session.is_json:
        session.write(dump(account_document(view)))
    else:
        session.write(render_account(view, color=session.color))


def _views(session: Session, flawed: list[FlawedRecord]) -> dict[str, AccountView]:
    from reconciler.cli.workspace import open_workspace
    from reconciler.render.account import AccountView

    workspace = open_workspace(session.folder)
    found: list[FlawedRecord] = []
    wanted, known = workspace.desired.accounts, workspace.store.accounts(found)
    flawed += workspace.in_tree(found)
    # Of those that cannot be read nobody knows whether they are registered.
    names = {*wanted, *known} - {each.name for each in found}
    return {name: AccountView(name, wanted.get(name), known.get(name)) for name in sorted(names)}
