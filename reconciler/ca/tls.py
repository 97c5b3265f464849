"""Whom to trust: the system's certification authorities, and those that an account names besides."""

from __future__ import annotations

import re
import ssl

from reconciler.errors import CAError

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


def client_context(trusted_ca: str | None) -> ssl.SSLContext:
    """Return a TLS context that always verifies the server and its name.

    Args:
        trusted_ca: one or more PEM certificates (text between them is ignored), trusted besides the system's.

    Raises:
        CAError: when `trusted_ca` holds no certificate, or anything that is none.
    """
    context = ssl.create_default_context()
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    if trusted_ca is not None:
        _trust(context, trusted_ca)
    return context


def _trust(context: ssl.SSLContext, trusted_ca: str) -> None:
    blocks = list(_BLOCK.finditer(trusted_ca))
    if not blocks:
        raise CAError("trusted_ca holds no PEM certificate (-----BEGIN CERTIFICATE-----)")
    for number, block in enumerate(blocks, 1):
        if block[1] != "CERTIFICATE":
            raise CAError(f"trusted_ca: block {number} is a {block[1]}; only certificates belong there")
        try:
            context.load_verify_locations(cadata=block[0])
        except (ssl.SSLError, ValueError) as error:
            raise CAError(f"trusted_ca: block {number} is not a readable certificate ({error})") from None
    # Newer Pythons do so by default: an intermediate that is named as trusted needs no root above it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
