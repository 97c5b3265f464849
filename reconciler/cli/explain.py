"""`reconciler role explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.option_values import identifier_value
from reconciler.cli.options import format_option, pass_session, trusted_ref_option
from reconciler.model.places import KnownPlaces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.evidence import Requester
    from reconciler.model.role import Role
    from reconciler.policy import PolicyView
    from reconciler.render.explanation_rows import ExplanationView

T = TypeVar("T")


@click.command()
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
    whoever has asked for it. It is always the policy that counts which is asked, as plan does.
    """
    from reconciler.cli.workspace import open_trusted
    from reconciler.render.documents import dump
    from reconciler.render.explanation import explanation_document, render_explanation

    if certificate_name is None and not (role_name and names):
        raise click.UsageError("say which ROLE and NAMEs are meant, or give --certificate")
    if certificate_name is not None and names:
        raise click.UsageError("--certificate says which names are meant: give no NAMEs beside it")
    workspace = open_trusted(session.folder, ref=trusted_ref)
    now = session.clock.now()
    if certificate_name is None:
        view = _of_names(workspace, role_name or "", names, entity_name, now)
    else:
        view = _of_certificate(workspace, certificate_name, role_name, entity_name, now)
    if session.is_json:
        session.write(dump(explanation_document(view)))
    else:
        session.write(render_explanation(view, color=session.color))
    return ExitCode.DONE if view.allowed else ExitCode.INVALID_OR_DENIED


def _of_certificate(
    workspace: Workspace, name: str, role_name: str | None, entity_name: str | None, now: datetime
) -> ExplanationView:
    from msgspec.structs import replace

    from reconciler.policy.answering import answer
    from reconciler.render.explanation_rows import explanation_view

    spec = _known(workspace.desired.certificates, name, "certificate")
    if role_name is not None:
        spec = replace(spec, role=_role(workspace.views, role_name))
    proof = _claim(workspace.views[0], entity_name) if entity_name else workspace.proof(spec)
    return explanation_view(spec, answer(spec, workspace.views, proof, now), name)


def _of_names(
    workspace: Workspace, role_name: str, names: Sequence[str], entity_name: str | None, now: datetime
) -> ExplanationView:
    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.evidence import Unproved
    from reconciler.model.identifier import parse_identifier
    from reconciler.policy.answering import answer_names
    from reconciler.render.explanation_rows import explanation_view

    role = _role(workspace.views, role_name)
    identifiers = tuple(dict.fromkeys(parse_identifier(each) for each in names))
    # Names of the command line stand in no file: what is said of them as a whole is about the role.
    places = KnownPlaces((role.location,) * len(identifiers))
    spec = CertificateSpec("", role, identifiers, role.location, places)
    nobody = Unproved("it is not said who asks", "ask as an identity of the tree: `--as NAME`")
    proof = _claim(workspace.views[0], entity_name) if entity_name else nobody
    return explanation_view(spec, answer_names(spec, workspace.views, proof, now))


def _role(views: Sequence[PolicyView], name: str) -> Role:
    from reconciler.cli.lookup import find

    return find({each: role for view in reversed(views) for each, role in view.roles.items()}, name, "role")


def _claim(view: PolicyView, name: str) -> Requester:
    """Return what would be recorded if this identity had asked; nothing proves that it has."""
    from reconciler.model.evidence import Requester

    # The name of an identity goes before an id: it is what people see.
    known = dict(view.entities) | {each.name: each for each in view.entities.values()}
    entity = _known(known, name, "identity", view.where).entity
    return Requester("", "", entity.id, entity.name)


def _known(resources: Mapping[str, T], name: str, kind: str, where: str = "") -> T:
    if name in resources:
        return resources[name]
    from reconciler.errors import UnknownResourceError
    from reconciler.tree.suggest import did_you_mean, listed

    advice = did_you_mean(name, resources) or (f"there are: {listed(resources)}" if resources else "")
    place = where or "in the tree"
    raise UnknownResourceError(f"there is no {kind} `{name}` {place}{advice and f'; {advice}'}")
