"""Certificates in the forms that other programs want: DER, and PKCS #12 (RFC 7292)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.errors import InvalidCertificateError, SecretError
from reconciler.pki.certificates import load_certificates
from reconciler.pki.keys import load_key

if TYPE_CHECKING:
    from cryptography import x509

# Java knows no other characters in a password, and `openssl` no longer line; of an umlaut each reader makes
# something else.
_PASSWORD = re.compile(rb"[ -~]{1,1000}")


def to_der(cert_pem: bytes) -> bytes:
    """Return a certificate in DER; of a chain, the leaf alone.

    Raises:
        InvalidCertificateError: when it cannot be read.
    """
    from cryptography.hazmat.primitives import serialization

    return _certificates(cert_pem)[0].public_bytes(serialization.Encoding.DER)


def to_pkcs12(name: str, key_pem: bytes, fullchain_pem: bytes, password: bytes) -> bytes:
    """Return a key, its certificate and the chain in one encrypted PKCS #12 file (RFC 7292).

    It is encrypted with AES-256 (PBES2, RFC 8018 section 6.2) and authenticated with HMAC-SHA-256, which
    OpenSSL reads from 1.1 on, Java from 8u301 on, and Windows from Server 2019 on.

    Args:
        name: the friendly name of key and certificate; Java's alias.
        key_pem: the private key of the leaf.
        fullchain_pem: leaf first.
        password: 1 to 1000 printable characters of ASCII.

    Raises:
        SecretError: with another password no program, or not every one, could open it; never says what it is.
        InvalidCertificateError: the chain cannot be read, or is not for the key.
        StateError: the key cannot be read.
    """
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

    _check_password(password)
    key = load_key(key_pem)
    leaf, *chain = _certificates(fullchain_pem)
    if leaf.public_key() != key.public_key():
        raise InvalidCertificateError("the certificate is not for the key that is to go with it")
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(password)
    )
    return pkcs12.serialize_key_and_certificates(name.encode("utf-8"), key, leaf, chain, encryption)


def _check_password(password: bytes) -> None:
    if not password:
        raise SecretError(
            "the password of a PKCS #12 file is empty: many programs do not open such a file; set one"
        )
    if not _PASSWORD.fullmatch(password):
        raise SecretError(
            "the password of a PKCS #12 file has characters that not every program takes, or more than 1000: "
            "use letters, digits and signs of ASCII"
        )


def _certificates(pem: bytes) -> list[x509.Certificate]:
    # What is not in ASCII stands outside of the certificates, which is refused there.
    return load_certificates(pem.decode("ascii", "replace"))
