"""`reconciler certificate fetch`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.certificate_formats import CertificateFormat, content_of, hand_out
from reconciler.cli.option_values import identifier_value
from reconciler.cli.options import pass_session
from reconciler.cli.passwords import password_options, read_password

if TYPE_CHECKING:
    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.certificate import Certificate
    from reconciler.model.order import Order
    from reconciler.model.renewal import RenewalRule


def _least(_context: click.Context, _parameter: click.Parameter, text: str | None) -> RenewalRule | None:
    from reconciler.tree import parse_renewal

    try:
        return None if text is None else parse_renewal(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.argument("name", required=False)
@click.option("--order", "order_id", metavar="ORDER", help="The one of this order, whatever became of it.")
@click.option("--role", metavar="ROLE", help="The one of this role for the identifiers.")
@click.option(
    "--identifier",
    "identifiers",
    type=identifier_value,
    metavar="NAME",
    multiple=True,
    help="With --role: exactly these names and addresses; may be given several times.",
)
@click.option(
    "--min-validity",
    "least",
    metavar="DURATION",
    callback=_least,
    help="With --role: so much must be left, as a time (30d) or as a part of the whole (50%).",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([each.value for each in CertificateFormat]),
    default=CertificateFormat.PEM.value,
    show_default=True,
    help="pem: certificate and chain; der: the certificate; pem_bundle: private key, certificate, chain.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write to FILE, which only you can read if a private key is in it; otherwise to standard output.",
)
@click.option("--with-private-key", is_flag=True, help="The private key too, even onto a terminal.")
@password_options
@pass_session
def fetch(
    session: Session,
    name: str | None,
    *,
    order_id: str | None,
    role: str | None,
    identifiers: tuple[str, ...],
    least: RenewalRule | None,
    form: str,
    output: Path | None,
    with_private_key: bool,
    password_env: str | None,
    password_file: Path | None,
) -> None:
    """Hand out a certificate: by its NAME, by its order, or by role and identifiers.

    A certificate for a CSR comes without private key. Ends with 1 where there is none that qualifies.
    """
    from reconciler.cli.workspace import open_records

    chosen = CertificateFormat(form)
    if sum(each is not None for each in (name, order_id, role)) != 1:
        raise click.UsageError("name one certificate, or give --order, or --role with --identifier")
    if (role is None) != (not identifiers) or (role is None and least is not None):
        raise click.UsageError("--role goes with --identifier, and --min-validity with both")
    password = read_password(password_env, password_file, is_wanted=chosen is CertificateFormat.PKCS12)
    workspace = open_records(session.folder)
    if role is not None:
        made: Certificate | Order = _cached(session, workspace, role, identifiers, least)
    else:
        made = _named(workspace, name, order_id)
    _warn(session, made)
    content = content_of(workspace.store, made, chosen, password, with_private_key=with_private_key)
    hand_out(content, chosen, output, may_show_key=with_private_key)


def _cached(
    session: Session,
    workspace: Workspace,
    role: str,
    identifiers: tuple[str, ...],
    least: RenewalRule | None,
) -> Certificate:
    from reconciler.engine.fetching import find_cached

    # Those that cannot be read are none that qualify; `certificate list` shows them.
    certificates = workspace.store.certificates(flawed=[]).values()
    return find_cached(certificates, role, identifiers, least, session.clock.now())


def _named(workspace: Workspace, name: str | None, order_id: str | None) -> Certificate | Order:
    from reconciler.cli.lookup import find_readable
    from reconciler.cli.order_lookup import find_order
    from reconciler.errors import UnknownResourceError

    if order_id is None:
        return find_readable(workspace.store.certificates, name or "", "certificate")
    order = find_order(workspace.store, order_id)
    if order.serial_number is None:
        raise UnknownResourceError(f"the order {order.order_id} is {order.stage}: it has no certificate")
    return order


def _warn(session: Session, made: Certificate | Order) -> None:
    """Say what is wrong with a certificate that somebody wants all the same."""
    from reconciler.model.certificate import Certificate
    from reconciler.render.text import time_text

    if made.revocation is not None:
        session.say(f"warning: it was revoked {time_text(made.revocation.date)}\n")
    elif isinstance(made, Certificate) and made.not_after <= session.clock.now():
        session.say(f"warning: it expired {time_text(made.not_after)}\n")
