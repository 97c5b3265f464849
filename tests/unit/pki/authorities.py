"""Certification authorities, and what they issue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reconciler import pki
from reconciler.model.account import KeyType

if TYPE_CHECKING:
    from collections.abc import Iterable

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
END = START + timedelta(days=90)


class Authority:
    """A root, or what it has issued."""

    def __init__(self, *common_names: str, issuer: Authority | None = None) -> None:
        attributes = [x509.NameAttribute(NameOID.COMMON_NAME, each) for each in common_names]
        organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example, Ltd.")
        self.name = x509.Name([organization, *attributes])
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = (issuer or self).issue(self.key.public_key(), subject=self.name)

    def issue(
        self,
        key: ec.EllipticCurvePublicKey,
        *extensions: x509.ExtensionType,
        serial: int = 0x03E71FA23D,
        subject: x509.Name | None = None,
    ) -> x509.Certificate:
        builder = x509.CertificateBuilder(self.name, subject or x509.Name([]), key, serial, START, END)
        for each in extensions:
            # RFC 5280 section 4.1.2.6: without a subject the names are critical.
            builder = builder.add_extension(each, critical=each is NAMES and subject is None)
        return builder.sign(self.key, hashes.SHA256())


ROOT = Authority("Example Root X1")
INTERMEDIATE = Authority("Example R3", issuer=ROOT)
KEY_PEM = pki.generate_key(KeyType.EC_256)
NAMES = x509.SubjectAlternativeName([x509.DNSName("www.example.com")])


def public_key(key_pem: bytes = KEY_PEM) -> ec.EllipticCurvePublicKey:
    key = serialization.load_pem_private_key(key_pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key.public_key()


def pem(*certificates: x509.Certificate) -> str:
    return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)


def chain(
    *extensions: x509.ExtensionType, above: Iterable[Authority] = (INTERMEDIATE,), serial: int = 0x03E71FA23D
) -> str:
    """Return the chain of a leaf that the intermediate has issued."""
    leaf = INTERMEDIATE.issue(public_key(), NAMES, *extensions, serial=serial)
    return pem(leaf, *(each.certificate for each in above))
