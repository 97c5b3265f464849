"""Certificate chains as a CA sends them, judged before they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.errors import InvalidCertificateError, OtherKeyError
from reconciler.pki.certificate_id import (
    authority_key_identifier,
    certificate_id,
    issuer_name,
    printable,
    serial_text,
)
from reconciler.pki.certificates import check_order, extensions_of, load_certificates
from reconciler.pki.public_keys import public_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from cryptography import x509

    from reconciler.model.identifier import Identifier
    from reconciler.pki.requests import PublicKey


_MOST_SHOWN = 20


class IssuedChain(Struct, frozen=True):
    """A certificate as it was issued, and the chain below it.

    Attributes:
        serial_number: lower-case hex, in pairs with colons: `03:e7:1f`.
        issuer: the issuer's distinguished name (RFC 4514).
        cert_pem: the leaf.
        chain_pem: all the others, in order; empty where the CA sent none.
        fullchain_pem: both.
        certificate_id: what the CA knows the leaf by when it is asked for renewal information (RFC 9773
            section 4.1); None where the leaf does not say which key signed it.
        authority_key_id: which key signed the leaf (RFC 5280 section 4.2.1.1), written as the serial number.
        issuers: the common name of each certificate's issuer, the leaf's first: the last one is the name of
            the root, whether or not the CA sent that along.
    """

    serial_number: str
    issuer: str
    not_before: datetime
    not_after: datetime
    cert_pem: str
    chain_pem: str
    certificate_id: str | None = None
    authority_key_id: str | None = None
    issuers: tuple[str, ...] = ()

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
    return check_chain_for(chain_pem, public_key(key_pem), identifiers)


def check_chain_for(chain_pem: str, key: PublicKey, identifiers: Collection[Identifier]) -> IssuedChain:
    """Return what is in a chain, if it is for a key and exactly these names; see `check_chain`.

    Raises:
        InvalidCertificateError: when it is anything else; says what.
    """
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        certificates = load_certificates(chain_pem)
        if certificates[0].public_key() != key:
            raise OtherKeyError("the CA's certificate is not for the key that it was ordered for")
        _check_names(certificates[0], identifiers)
        _check_purpose(certificates[0])
        check_order(certificates)
        return _issued(certificates)
    except (ValueError, OverflowError, UnsupportedAlgorithm) as error:
        raise InvalidCertificateError(f"the CA's certificate cannot be read: {error}") from None


def read_chain(chain_pem: str) -> IssuedChain:
    """Return what is in a chain that was judged when it came: a certificate that is kept.

    Raises:
        InvalidCertificateError: when it cannot be read.
    """
    try:
        return _issued(load_certificates(chain_pem))
    except (ValueError, OverflowError) as error:
        raise InvalidCertificateError(f"the certificate cannot be read: {error}") from None


def chain_has_issuer(issued: IssuedChain, common_name: str) -> bool:
    """Tell whether a certificate of a chain was issued by somebody of this common name, in whatever case.

    Thus is the chain to take named where the CA offers several (RFC 8555 section 7.4.2).
    """
    return common_name.casefold() in (each.casefold() for each in issued.issuers)


def _issued(certificates: Sequence[x509.Certificate]) -> IssuedChain:
    from cryptography.hazmat.primitives import serialization

    leaf = certificates[0]
    if leaf.serial_number <= 0:  # RFC 5280 section 4.1.2.2
        raise InvalidCertificateError("the CA's certificate has a serial number that is not above zero")
    pems = [each.public_bytes(serialization.Encoding.PEM).decode("ascii") for each in certificates]
    key_identifier = authority_key_identifier(leaf)
    return IssuedChain(
        serial_number=serial_text(leaf.serial_number),
        issuer=printable(leaf.issuer.rfc4514_string()),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        cert_pem=pems[0],
        chain_pem="".join(pems[1:]),
        certificate_id=certificate_id(key_identifier, leaf.serial_number) if key_identifier else None,
        authority_key_id=key_identifier.hex(":") if key_identifier else None,
        issuers=tuple(issuer_name(each) for each in certificates),
    )


def _check_purpose(leaf: x509.Certificate) -> None:
    from cryptography import x509

    try:
        constraints = extensions_of(leaf).get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return
    if constraints.ca:
        raise InvalidCertificateError(
            "the CA's certificate is one to issue others with; no such was asked for"
        )


def _check_names(leaf: x509.Certificate, identifiers: Collection[Identifier]) -> None:
    from cryptography import x509

    try:
        names = extensions_of(leaf).get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound as error:
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
                    f"the CA's certificate names what is no name or address: {printable(repr(name))}"
                )
    if issued != asked:
        missing = [f"{value} is missing" for _, value in sorted(asked - issued)]
        added = [f"{printable(value)} was not asked for" for _, value in sorted(issued - asked)]
        shown = [*missing, *added]
        more = f" and {len(shown) - _MOST_SHOWN} more" if len(shown) > _MOST_SHOWN else ""
        raise InvalidCertificateError(
            f"the CA's certificate has other names: {', '.join(shown[:_MOST_SHOWN])}{more}"
        )
