"""`reconciler certificate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.certificate_lookup import lookup
from reconciler.cli.fetch import fetch
from reconciler.cli.options import format_option, pass_session

if TYPE_CHECKING:
    from reconciler.cli.session import Session
    from reconciler.model.flaw import FlawedRecord
    from reconciler.render.certificate import CertificateView


@click.group(short_help="Look at certificates, and fetch them.")
def command() -> None:
    """Look at certificates, and fetch them."""


for _each in (fetch, lookup):
    command.add_command(_each)


@command.command("list")
@format_option
@pass_session
def list_(session: Session) -> int:
    """List the certificates that are in force."""
    from reconciler.cli.flaws import tell_flaws
    from reconciler.render.certificate import certificates_document, render_certificates
    from reconciler.render.documents import dump

    flawed: list[FlawedRecord] = []
    views = list(_views(session, flawed).values())
    if session.is_json:
        session.write(dump(certificates_document(views, flawed)))
    else:
        session.write(render_certificates(views, now=session.clock.now(), color=session.color))
    return tell_flaws(session, flawed)


@command.command()
@click.argument("name")
@format_option
@pass_session
def show(session: Session, name: str) -> None:
    """Show all about one certificate."""
    from reconciler.cli.lookup import find_readable
    from reconciler.render.certificate import certificate_document, render_certificate
    from reconciler.render.documents import dump

    view = find_readable(lambda flawed: _views(session, flawed), name, "certificate")
    if session.is_json:
        session.write(dump(certificate_document(view)))
    else:
        session.write(render_certificate(view, now=session.clock.now(), color=session.color))


def _views(session: Session, flawed: list[FlawedRecord]) -> dict[str, CertificateView]:
    from reconciler.cli.workspace import open_workspace
    from reconciler.model.flaw import RecordKind
    from reconciler.model.observed import FileChanges
    from reconciler.render.certificate import CertificateView
    from reconciler.render.status_rows import renewal_due

    workspace = open_workspace(session.folder)
    now, wanted = session.clock.now(), workspace.desired.certificates
    observed = workspace.observe()
    flawed += [each for each in observed.flawed if each.kind is RecordKind.CERTIFICATE]
    return {
        name: CertificateView(
            certificate=certificate,
            folder=str(workspace.output / name),
            renewal_due=renewal_due(certificate, wanted.get(name), now),
            changes=observed.file_changes.get(name, FileChanges()),
        )
        for name, certificate in sorted(observed.certificates.items())
    }
