"""What shows control over an identifier: a TXT record's value, a certificate."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.model.account import KeyType
from reconciler.pki.keys import generate_key, hash_for, key_pem, load_key
from reconciler.pki.requests import alternative_names

if TYPE_CHECKING:
    from reconciler.model.identifier import Identifier

_ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31"
_DER_OCTET_STRING = 0x04
# "No well-defined expiration date", RFC 5280 section 4.1.2.5.
_EVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def tls_alpn_certificate(identifier: Identifier, key_authorization: str) -> tuple[bytes, bytes]:
    """Return the certificate (PEM) to present for a tls-alpn-01 challenge, and its key (RFC 8737, RFC 8738).

    It is valid for ever, as there is no clock here and validation does not look at one.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.x509.oid import NameOID

    key = load_key(generate_key(KeyType.EC_256))
    digest = hashlib.sha256(key_authorization.encode("ascii")).digest()
    acme_identifier = bytes([_DER_OCTET_STRING, len(digest)]) + digest
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ACME tls-alpn-01 challenge")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), _LONG_AGO, _EVER)
        .add_extension(alternative_names([identifier]), critical=False)
        .add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier(_ACME_IDENTIFIER), acme_identifier),
            critical=True,
        )
        .sign(key, hash_for(key))
    )
    return certificate.public_bytes(serialization.Encoding.PEM), key_pem(key)
