"""`reconciler role`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.options import format_option, identifier_value, pass_session, trusted_ref_option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.cli.session import Session
    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.desired import Desired
    from reconciler.model.evidence import Unproved
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
@trusted_ref_option
@format_option
@pass_session
def explain(
    session: Session,
    role_name: str | None,
    names: tuple[str, ...],
    *,
    certificate_name: str | None,
    entity_name: str | None,
    trusted_ref: str | None,
) -> int:
    """Say whether a role allows names or addresses, and by which rule; or why not, and what to do.

    With --certificate, ask about the names of a certificate of the tree: its own role, or another ROLE; for
    whoever has asked for it, and by the policy that counts for it, as plan does.
    """
    from reconciler.cli.workspace import open_trusted, open_workspace
    from reconciler.render.documents import dump
    from reconciler.render.explanation import explanation_document, render_explanation

    if certificate_name is None and not (role_name and names):
        raise click.UsageError("say which ROLE and NAMEs are meant, or give --certificate")
    if certificate_name is not None and names:
        raise click.UsageError("--certificate says which names are meant: give no NAMEs beside it")
    if certificate_name is None:
        desired = open_workspace(session.folder).desired
        view = _explanation(desired, role_name, names, _named(desired, entity_name))
    else:
        workspace = open_trusted(session.folder, ref=trusted_ref)
        desired = workspace.desired
        spec = _in_tree(desired.certificates, certificate_name, "certificate")
        now = session.clock.now()
        asker = _named(desired, entity_name) if entity_name else workspace.asker(spec.name, now)
        view = _explanation(desired, role_name, spec, asker)
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
    subject: tuple[str, ...] | CertificateSpec,
    asker: Entity | Unproved,
) -> ExplanationView:
    from reconciler.cli.lookup import find
    from reconciler.model.evidence import Unproved
    from reconciler.model.identifier import parse_identifier
    from reconciler.render.explanation_rows import ExplanationView, explanation_rows

    entity, unproved = (None, asker) if isinstance(asker, Unproved) else (asker, None)
    if not isinstance(subject, tuple):
        role = find(desired.roles, role_name or subject.role.name, "role")
        places = (subject.identifiers, subject.identifier_locations)
        rows = explanation_rows(role, *places, entity, unproved, desired.roles)
        return ExplanationView(role, rows, entity, subject.name)
    role = find(desired.roles, role_name or "", "role")
    identifiers = tuple(dict.fromkeys(parse_identifier(each) for each in subject))
    rows = explanation_rows(role, identifiers, (None,) * len(identifiers), entity, unproved, desired.roles)
    return ExplanationView(role, rows, entity, None)


def _named(desired: Desired, name: str | None) -> Entity | Unproved:
    """Return in whose name it is asked; where in nobody's, what to say of that."""
    from reconciler.model.evidence import Unproved

    if name is None:
        return Unproved("it is not said who asks", "ask as an identity of the tree: `--as NAME`")
    # The name of an identity goes before an id: it is what people see.
    known = {each.entity.id: each for each in desired.identities.values()} | dict(desired.identities)
    return _in_tree(known, name, "identity").entity


def _in_tree(resources: Mapping[str, T], name: str, kind: str) -> T:
    if name in resources:
        return resources[name]
    from reconciler.errors import UnknownResourceError
    from reconciler.tree.suggest import did_you_mean, listed

    advice = did_you_mean(name, resources) or (f"there are: {listed(resources)}" if resources else "")
    raise UnknownResourceError(f"there is no {kind} `{name}` in the tree{advice and f'; {advice}'}")
