"""`reconciler role`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.options import format_option, identifier_value, pass_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.cli.session import Session
    from reconciler.model.desired import Desired
    from reconciler.model.evidence import Unproved
    from reconciler.model.finding import Location
    from reconciler.model.identity import Entity
    from reconciler.render.explanation_rows import ExplanationView
    from reconciler.render.role import RoleView

T = TypeVar("T")


@click.group(short_help="Look at roles, and ask what they allow.")
def command() -> None:
    """Look at the roles of the tree, and ask which names they allow, and why."""


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


@command.command()
@click.argument("role_name", metavar="[ROLE]", required=False)
@click.argument("names", metavar="[NAME]...", nargs=-1, type=identifier_value)
@click.option(
    "--certificate", "certificate_name", metavar="NAME", help="Ask about the names of this certificate."
)
@click.option(
    "--as", "entity_name", metavar="ENTITY", help="Ask as this identity: its name, or its entity's id."
)
@format_option
@pass_session
def explain(
    session: Session,
    role_name: str | None,
    names: tuple[str, ...],
    *,
    certificate_name: str | None,
    entity_name: str | None,
) -> int:
    """Say whether a role allows names or addresses, and by which rule; or why not, and what to do.

    With --certificate, ask about the names of a certificate of the tree: its own role, or another ROLE.
    """
    from reconciler.cli.workspace import open_workspace
    from reconciler.render.documents import dump
    from reconciler.render.explanation import explanation_document, render_explanation

    if certificate_name is None and not (role_name and names):
        raise click.UsageError("say which ROLE and NAMEs are meant, or give --certificate")
    if certificate_name is not None and names:
        raise click.UsageError("--certificate says which names are meant: give no NAMEs beside it")
    desired = open_workspace(session.folder).desired
    view = _explanation(desired, role_name, names, certificate_name, entity_name)
    if session.is_json:
        session.write(dump(explanation_document(view)))
    else:
        session.write(render_explanation(view, color=session.color))
    return ExitCode.INVALID_OR_DENIED if view.denied else ExitCode.DONE


def _views(session: Session) -> dict[str, RoleView]:
    from reconciler.cli.workspace import open_workspace
    from reconciler.render.role import RoleView

    desired = open_workspace(session.folder).desired
    users: dict[str, list[str]] = {name: [] for name in sorted(desired.roles)}
    for name, spec in sorted(desired.certificates.items()):
        users[spec.role.name].append(name)
    return {name: RoleView(desired.roles[name], tuple(those)) for name, those in users.items()}


def _explanation(
    desired: Desired,
    role_name: str | None,
    names: tuple[str, ...],
    certificate_name: str | None,
    entity_name: str | None,
) -> ExplanationView:
    from reconciler.cli.lookup import find
    from reconciler.model.identifier import parse_identifier
    from reconciler.render.explanation_rows import ExplanationView, explanation_rows

    identifiers = tuple(dict.fromkeys(parse_identifier(each) for each in names))
    locations: tuple[Location | None, ...] = (None,) * len(identifiers)
    if certificate_name is not None:
        spec = _in_tree(desired.certificates, certificate_name, "certificate")
        identifiers, locations = spec.identifiers, spec.identifier_locations
        role_name = role_name or spec.role.name
    role = find(desired.roles, role_name or "", "role")
    entity, unproved = _asker(desired, entity_name)
    rows = explanation_rows(role, identifiers, locations, entity, unproved, desired.roles)
    return ExplanationView(role, rows, entity, certificate_name)


def _asker(desired: Desired, name: str | None) -> tuple[Entity | None, Unproved | None]:
    """Return in whose name it is asked; where in nobody's, what to say of that."""
    from reconciler.model.evidence import Unproved

    if name is None:
        hint = "ask as an identity of the tree: `--as NAME`"
        return None, Unproved("it is not said who asks", hint)
    # The name of an identity goes before an id: it is what people see.
    known = {each.entity.id: each for each in desired.identities.values()} | dict(desired.identities)
    return _in_tree(known, name, "identity").entity, None


def _in_tree(resources: Mapping[str, T], name: str, kind: str) -> T:
    if name in resources:
        return resources[name]
    from reconciler.errors import UnknownResourceError
    from reconciler.tree.suggest import did_you_mean, listed

    advice = did_you_mean(name, resources) or (f"there are: {listed(resources)}" if resources else "")
    raise UnknownResourceError(f"there is no {kind} `{name}` in the tree{advice and f'; {advice}'}")
