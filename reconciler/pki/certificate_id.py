"""What a certificate is known by: its authority's key, its identifier (RFC 9773), its issuer's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.pki.base64url import base64url
from reconciler.pki.certificates import extensions_of

if TYPE_CHECKING:
    from cryptography import x509

_LONGEST = 500


def authority_key_identifier(certificate: x509.Certificate) -> bytes | None:
    """Return the identifier of the key that signed a certificate (RFC 5280 section 4.2.1.1), if it says one.

    Raises:
        InvalidCertificateError: its extensions cannot be read.
    """
    from cryptography import x509

    try:
        found = extensions_of(certificate).get_extension_for_class(x509.AuthorityKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return found.value.key_identifier


def certificate_id(key_identifier: bytes, serial_number: int) -> str:
    """Return what a CA knows a certificate by, when asked when to renew it (RFC 9773 section 4.1).

    Args:
        key_identifier: of the certificate's authority.
        serial_number: its own.
    """
    # The content of a DER INTEGER (X.690 section 8.3): the first bit is the sign.
    serial = serial_number.to_bytes(serial_number.bit_length() // 8 + 1, "big", signed=True)
    return f"{base64url(key_identifier)}.{base64url(serial)}"


def issuer_name(certificate: x509.Certificate) -> str:
    """Return the common name of a certificate's issuer; of one without, the distinguished name (RFC 4514)."""
    from cryptography.x509.oid import NameOID

    names = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return printable(str(names[0].value) if names else certificate.issuer.rfc4514_string())


def printable(text: str) -> str:
    """Return a CA's text without what would do something to a terminal, and not longer than a name may be."""
    shown = "".join(each if each.isprintable() else "?" for each in text[:_LONGEST])
    return shown if len(text) <= _LONGEST else f"{shown}…"


def serial_text(number: int) -> str:
    """Return a serial number as it is shown and kept: lower-case hex, in pairs with colons: `03:e7:1f`."""
    digits = f"{number:x}"
    return bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2)).hex(":")
