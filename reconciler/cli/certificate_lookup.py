"""`reconciler certificate lookup`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import format_option, pass_session

if TYPE_CHECKING:
    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.order import Order
    from reconciler.render.found import FoundCertificate

_SERIAL = re.compile(r"(0x)?[0-9a-f]{1,64}")


def serial_number(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """Return a serial number as records have it, from any spelling: colons, hyphens, blanks, 0x, or none."""
    from reconciler.pki import serial_text

    plain = re.sub(r"[:\-\s]", "", text).lower()
    if not _SERIAL.fullmatch(plain):
        raise click.BadParameter(f"{text!r} is no serial number: hexadecimal is wanted, 03:e7:1f or 03e71f")
    return serial_text(int(plain, 16))


@click.command()
@click.argument("serial", metavar="SERIAL", callback=serial_number)
@format_option
@pass_session
def lookup(session: Session, serial: str) -> None:
    """Find a certificate by its serial number, in any spelling; also one that is not in force any more."""
    from reconciler.cli.workspace import open_records
    from reconciler.errors import UnknownResourceError
    from reconciler.render.documents import dump
    from reconciler.render.found import found_document, render_found

    workspace = open_records(session.folder)
    found = [_found(workspace, order) for order in workspace.store.orders_with_serial(serial)]
    if not found:
        raise UnknownResourceError(f"no certificate with the serial number {serial} has come from this state")
    if session.is_json:
        session.write(dump(found_document(found)))
        return
    for each in found:
        session.write(render_found(each, now=session.clock.now(), color=session.color))


def _found(workspace: Workspace, order: Order) -> FoundCertificate:
    from reconciler import pki
    from reconciler.model.order import OrderFile
    from reconciler.render.found import FoundCertificate

    store = workspace.store
    chain = store.order_file(order.order_id, OrderFile.FULLCHAIN).decode("ascii", "replace")
    current = store.certificate(order.certificate_name)
    return FoundCertificate(order, pki.read_chain(chain), current.order_id if current else None)
