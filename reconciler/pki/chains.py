"""Certificate chains as a CA sends them, judged before they are used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from reconciler.errors import InvalidCertificateError
from reconciler.pki.public_keys import public_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from cryptography import x509

    from reconciler.model.identifier import Identifier

_LONGEST_CHAIN = 20
# No hyphen inside, so that a hostile text is searched once, and not once for each BEGIN in it.
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----[A-Za-z0-9+/=\s]*-----END \1-----", re.ASCII)


@dataclass(frozen=True, slots=True)
class IssuedChain:
    """A certificate as it was issued, and the chain below it.

    Attributes:
        serial_number: lower-case hex, in pairs with colons: `03:e7:1f`.
        issuer: the issuer's distinguished name (RFC 4514).
        cert_pem: the leaf.
        chain_pem: all the others, in order; empty where the CA sent none.
        fullchain_pem: both.
    """

    serial_number: str
    issuer: str
    not_before: datetime
    not_after: datetime
    cert_pem: str
    chain_pem: str

    @property
    def fullchain_pem(self) -> str:
        """Leaf first (RFC 8555 section 9.1)."""
        return self.cert_pem + self.chain_pem


def check_chain(chain_pem: str, key_pem: bytes, identifiers: Collection[Identifier]) -> IssuedChain:
    """Return what a CA has issued, if this is what was asked for (RFC 8555 section 11.4).

    Args:
        chain_pem: as downloaded, leaf first.
        key_pem: the private key that the leaf must be for, or the request that it was ordered with.
        identifiers: what the leaf must name, no more and no less.

    Raises:
        InvalidCertificateError: when it is anything else; says what.
        StateError: when the key cannot be read.
    """
    from cryptography.exceptions import UnsupportedAlgorithm

    key = public_key(key_pem)
    try:
        certificates = _certificates(chain_pem)
        if certificates[0].public_key() != key:
            raise InvalidCertificateError("the CA's certificate is not for the key that it was ordered for")
        _check_names(certificates[0], identifiers)
        _check_order(certificates)
        return _issued(certificates)
    except (ValueError, OverflowError, UnsupportedAlgorithm) as error:
        raise InvalidCertificateError(f"the CA's certificate cannot be read: {error}") from None


def _issued(certificates: Sequence[x509.Certificate]) -> IssuedChain:
    from cryptography.hazmat.primitives import serialization

    leaf = certificates[0]
    pems = [each.public_bytes(serialization.Encoding.PEM).decode("ascii") for each in certificates]
    serial = f"{leaf.serial_number:x}"
    return IssuedChain(
        serial_number=bytes.fromhex(serial.zfill(len(serial) + len(serial) % 2)).hex(":"),
        issuer="".join(each if each.isprintable() else "?" for each in leaf.issuer.rfc4514_string()),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        cert_pem=pems[0],
        chain_pem="".join(pems[1:]),
    )


def _certificates(chain_pem: str) -> list[x509.Certificate]:
    from cryptography import x509

    blocks = list(_BLOCK.finditer(chain_pem))
    others = sorted({each[1] for each in blocks} - {"CERTIFICATE"})
    if others:
        raise InvalidCertificateError(
            f"the CA's chain holds something else than certificates: {', '.join(others)}"
        )
    if not blocks:
        raise InvalidCertificateError("the CA's chain holds no certificate")
    if _BLOCK.sub("", chain_pem).strip():
        raise InvalidCertificateError("the CA's chain holds text outside the certificates")
    if len(blocks) > _LONGEST_CHAIN:
        raise InvalidCertificateError(
            f"the CA's chain has {len(blocks)} certificates; no honest one has so many"
        )
    return [x509.load_pem_x509_certificate(each[0].encode("ascii")) for each in blocks]


def _check_names(leaf: x509.Certificate, identifiers: Collection[Identifier]) -> None:
    from cryptography import x509

    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        raise InvalidCertificateError(f"the CA's certificate has no readable names: {error}") from None
    asked = {(each.type, each.value) for each in identifiers}
    issued = set()
    for name in names:
        match name:
            case x509.DNSName():
                issued.add(("dns", name.value.lower()))
            case x509.IPAddress():
                issued.add(("ip", str(name.value)))
            case _:
                raise InvalidCertificateError(
                    f"the CA's certificate names what is no name or address: {name!r}"
                )
    if issued != asked:
        missing = [f"{value} is missing" for _, value in sorted(asked - issued)]
        added = [f"{value} was not asked for" for _, value in sorted(issued - asked)]
        raise InvalidCertificateError(f"the CA's certificate has other names: {', '.join(missing + added)}")


def _check_order(certificates: Sequence[x509.Certificate]) -> None:
    from cryptography.exceptions import InvalidSignature

    for number, (below, above) in enumerate(pairwise(certificates), 1):
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            raise InvalidCertificateError(
                f"the CA's chain is broken: certificate {number} was not issued by certificate {number + 1}"
            ) from None
