"""The forms in which a certificate is handed out, and where to."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING

import click
from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.certificate import Certificate
    from reconciler.model.order import Order
    from reconciler.store import Store


class CertificateFormat(StrEnum):
    """The forms; the first three are the seed system's."""

    PEM = "pem"
    DER = "der"
    PEM_BUNDLE = "pem_bundle"
    PKCS12 = "pkcs12"
    JSON = "json"


class Content(Struct, frozen=True):
    """What is handed out, and whether there is a private key in it."""

    data: bytes
    has_key: bool = False

    def __repr__(self) -> str:
        """Hide it."""
        return f"Content({len(self.data)} bytes)"


def content_of(
    store: Store,
    made: Certificate | Order,
    form: CertificateFormat,
    password: bytes,
    *,
    with_private_key: bool,
) -> Content:
    """Return a certificate in a form.

    Args:
        store: the state.
        made: the certificate's record, or the order that it came from.
        form: the form.
        password: of a PKCS #12 file.
        with_private_key: whether the private key is wanted in forms that can do without.

    Raises:
        StateError, InvalidCertificateError: it cannot be read, or the form needs a key that is not here.
        SecretError: the password is of no use.
    """
    from reconciler import pki
    from reconciler.engine.finish import read_contents
    from reconciler.errors import StateError
    from reconciler.model.certificate import Certificate
    from reconciler.render.documents import dump
    from reconciler.render.fetched import fetched_document

    needs_key = with_private_key or form in (CertificateFormat.PEM_BUNDLE, CertificateFormat.PKCS12)
    contents, issued = read_contents(store, made, with_key=needs_key)
    key = contents.get("privkey.pem", b"")
    if with_private_key and not key:
        raise StateError("the private key is with whoever made the CSR, not here")
    if form is CertificateFormat.DER:
        if with_private_key:
            raise click.UsageError("der holds the certificate alone: take pem_bundle or pkcs12 for the key")
        return Content(pki.to_der(contents["cert.pem"]))
    if form is CertificateFormat.PKCS12:
        if not key:
            raise StateError("the private key is with whoever made the CSR, and pkcs12 needs it: take pem")
        name = made.name if isinstance(made, Certificate) else made.certificate_name
        return Content(pki.to_pkcs12(name, key, contents["fullchain.pem"], password), has_key=True)
    shown = key if with_private_key or form is CertificateFormat.PEM_BUNDLE else b""
    if form is CertificateFormat.JSON:
        document = fetched_document(made, issued, shown.decode("ascii"))
        return Content(dump(document).encode("ascii"), bool(shown))
    return Content(shown + contents["fullchain.pem"], bool(shown))


def hand_out(content: Content, form: CertificateFormat, output: Path | None, *, may_show_key: bool) -> None:
    """Write to a file, or to standard output.

    Args:
        content: what to write.
        form: its form; a terminal can do with texts only.
        output: the file; it is readable by its owner alone if there is a private key in it.
        may_show_key: whether a private key may be written to a terminal.
    """
    from reconciler import files
    from reconciler.file_errors import why
    from reconciler.links import refuse_planted_links

    if output is not None:
        try:
            refuse_planted_links(output)
            files.write_file(
                output, content.data, files.PRIVATE_FILE if content.has_key else files.PUBLIC_FILE
            )
        except OSError as error:
            raise click.FileError(str(output), why(error)) from None
        return
    if sys.stdout is None:
        return
    if sys.stdout.isatty():
        if form in (CertificateFormat.DER, CertificateFormat.PKCS12):
            raise click.UsageError(f"{form} is nothing for a terminal: give --output FILE")
        if content.has_key and not may_show_key:
            raise click.UsageError(
                "there is a private key in it: give --output FILE, or --with-private-key if it may be shown"
            )
    sys.stdout.buffer.write(content.data)
    sys.stdout.buffer.flush()
