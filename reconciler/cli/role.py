"""`reconciler role`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.explain import explain
from reconciler.cli.options import format_option, pass_session

if TYPE_CHECKING:
    from reconciler.cli.session import Session
    from reconciler.render.role import RoleView


@click.group(short_help="Look at roles, and ask what they allow.")
def command() -> None:
    """Look at the roles of the tree, and ask which names they allow, and why."""


command.add_command(explain)


@command.command("list")
@format_option
@pass_session
def list_(session: Session) -> None:
    """List the roles of the tree."""
    from reconciler.render.documents import dump
    from reconciler.render.role import render_roles, roles_document

    views = list(_views(session).values())
    if session.is_json:
        session.write(dump(roles_document(views)))
    else:
        session.write(render_roles(views, color=session.color))


@command.command()
@click.argument("name")
@format_option
@pass_session
def show(session: Session, name: str) -> None:
    """Show all about one role, and which certificates ask for it."""
    from reconciler.cli.lookup import find
    from reconciler.render.documents import dump
    from reconciler.render.role import render_role, role_document

    view = find(_views(session), name, "role")
    if session.is_json:
        session.write(dump(role_document(view)))
    else:
        session.write(render_role(view, color=session.color))


def _views(session: Session) -> dict[str, RoleView]:
    from reconciler.cli.workspace import open_workspace
    from reconciler.render.role import RoleView

    desired = open_workspace(session.folder).desired
    users: dict[str, list[str]] = {name: [] for name in sorted(desired.roles)}
    for name, spec in sorted(desired.certificates.items()):
        users[spec.role.name].append(name)
    return {name: RoleView(desired.roles[name], tuple(those)) for name, those in users.items()}
