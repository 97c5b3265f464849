"""Certificate signing requests as requesters make them, and as nobody should."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable

    PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)

SEQUENCE, SET, INTEGER, BIT_STRING, OCTET_STRING, ATTRIBUTES = 0x30, 0x31, 0x02, 0x03, 0x04, 0xA0
EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
MICROSOFT_EXTENSION_REQUEST = "1.3.6.1.4.1.311.2.1.14"


def dns(*names: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(each) for each in names])


def csr(
    *names: str,
    key: PrivateKey | ed25519.Ed25519PrivateKey = EC_KEY,
    common_names: Iterable[str] = (),
    extensions: Iterable[x509.ExtensionType] = (),
    critical: bool = False,
) -> str:
    """Return a request (PEM) for `names`, with further extensions."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each) for each in common_names])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    for each in [*([dns(*names)] if names else []), *extensions]:
        builder = builder.add_extension(each, critical)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, algorithm).public_bytes(serialization.Encoding.PEM).decode()


def raw_csr(
    *attributes: bytes,
    key: PrivateKey = RSA_KEY,
    public_key: bytes | None = None,
    subject: bytes | None = None,
    version: bytes = b"\x00",
    hash_name: str = "sha256",
) -> str:
    """Return a well-signed request (PEM) made of parts that no library would put together."""
    key_info = public_key or spki(key)
    name = x509.Name([]).public_bytes() if subject is None else subject
    tbs = der(SEQUENCE, der(INTEGER, version), name, key_info, der(ATTRIBUTES, *attributes))
    if isinstance(key, rsa.RSAPrivateKey):
        kinds: dict[str, tuple[str, hashes.HashAlgorithm]] = {
            "md5": ("1.2.840.113549.1.1.4", hashes.MD5()),  # noqa: S303 - to be refused
            "sha1": ("1.2.840.113549.1.1.5", hashes.SHA1()),  # noqa: S303 - to be refused
            "sha224": ("1.2.840.113549.1.1.14", hashes.SHA224()),
            "sha256": ("1.2.840.113549.1.1.11", hashes.SHA256()),
        }
        kind, algorithm = kinds[hash_name]
        signature = key.sign(tbs, padding.PKCS1v15(), algorithm)
        identifier = der(SEQUENCE, oid(kind), b"\x05\x00")
    else:
        signature = key.sign(tbs, ec.ECDSA(hashes.SHA256()))
        identifier = der(SEQUENCE, oid("1.2.840.10045.4.3.2"))
    return pem(der(SEQUENCE, tbs, identifier, der(BIT_STRING, b"\x00", signature)))


def attribute(kind: str, *values: bytes) -> bytes:
    return der(SEQUENCE, oid(kind), der(SET, *values))


def extension_request(*extensions: bytes, kind: str = EXTENSION_REQUEST) -> bytes:
    return attribute(kind, der(SEQUENCE, *extensions))


def extension(kind: str, value: bytes) -> bytes:
    return der(SEQUENCE, oid(kind), der(OCTET_STRING, value))


def san_extension(*names: str) -> bytes:
    return extension("2.5.29.17", dns(*names).public_bytes())


def spki(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def der(tag: int, *parts: bytes) -> bytes:
    """Return a value in DER (X.690 section 8.1)."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def oid(dotted: str) -> bytes:
    """Return an object identifier in DER (X.690 section 8.19)."""
    first, second, *others = map(int, dotted.split("."))
    content = bytearray()
    for arc in (first * 40 + second, *others):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.insert(0, 0x80 | arc & 0x7F)
        content += bytes(septets)
    return der(0x06, bytes(content))


def pem(content: bytes, label: str = "CERTIFICATE REQUEST") -> str:
    text = base64.encodebytes(content).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n"
