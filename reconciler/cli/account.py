"""`reconciler account`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.account_changes import deactivate, import_, rotate_key
from reconciler.cli.options import format_option, pass_session

if TYPE_CHECKING:
    from reconciler.cli.session import Session
    from reconciler.render.account import AccountView


@click.group(short_help="Look at ACME accounts, import them, change their keys.")
def command() -> None:
    """Look at the ACME accounts of the tree and of the state, import, deactivate them, change their keys."""


for _each in (import_, rotate_key, deactivate):
    command.add_command(_each)


@command.command("list")
@format_option
@pass_session
def list_(session: Session) -> None:
    """List the accounts of the tree and of the state."""
    from reconciler.render.account import accounts_document, render_accounts
    from reconciler.render.documents import dump

    views = list(_views(session).values())
    if session.is_json:
        session.write(dump(accounts_document(views)))
    else:
        session.write(render_accounts(views, color=session.color))


@command.command()
@click.argument("name")
@format_option
@pass_session
def show(session: Session, name: str) -> None:
    """Show all about one account; never its keys."""
    from reconciler.cli.lookup import find
    from reconciler.render.account import account_document, render_account
    from reconciler.render.documents import dump

    view = find(_views(session), name, "account")
    if session.is_json:
        session.write(dump(account_document(view)))
    else:
        session.write(render_account(view, color=session.color))


def _views(session: Session) -> dict[str, AccountView]:
    from reconciler.cli.workspace import open_workspace
    from reconciler.render.account import AccountView

    workspace = open_workspace(session.folder)
    wanted, known = workspace.desired.accounts, workspace.store.accounts()
    return {name: AccountView(name, wanted.get(name), known.get(name)) for name in sorted({*wanted, *known})}
