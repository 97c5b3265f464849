"""Certificate signing requests, and the names in them."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from reconciler.errors import StateError
from reconciler.model.role import IdentifierPopulation
from reconciler.pki.keys import hash_for, load_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    from reconciler.model.identifier import Identifier

    PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

_LONGEST_COMMON_NAME = 64  # ub-common-name, RFC 5280 appendix A.1


def make_csr(
    key_pem: bytes,
    identifiers: Sequence[Identifier],
    population: IdentifierPopulation,
    *,
    must_staple: bool = False,
) -> bytes:
    """Return a certificate signing request in PEM (RFC 8555 section 7.4).

    Args:
        key_pem: signs it.
        identifiers: all become subject alternative names.
        population: with `cn_first` the first identifier is the common name as well, unless it is an address
            or longer than the 64 characters that RFC 5280 allows.
        must_staple: whether the certificate is to say that its server staples (TLS feature, RFC 7633).

    Raises:
        StateError: when the key cannot be read.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.x509.oid import NameOID

    key = load_key(key_pem)
    first = identifiers[0]
    attributes = []
    fits = first.type == "dns" and len(first.value) <= _LONGEST_COMMON_NAME
    if population is IdentifierPopulation.CN_FIRST and fits:
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, first.value))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
    builder = builder.add_extension(alternative_names(identifiers), critical=not attributes)
    if must_staple:
        feature = x509.TLSFeature([x509.TLSFeatureType.status_request])
        builder = builder.add_extension(feature, critical=False)
    return builder.sign(key, hash_for(key)).public_bytes(serialization.Encoding.PEM)


def csr_der(csr_pem: bytes) -> bytes:
    """Return a request in DER, as finalizing wants it.

    Raises:
        StateError: when it cannot be read.
    """
    from cryptography.hazmat.primitives import serialization

    return load_csr(csr_pem)[0].public_bytes(serialization.Encoding.DER)


def load_csr(csr_pem: bytes) -> tuple[x509.CertificateSigningRequest, PublicKey]:
    """Return a request, and the key that it is for.

    Raises:
        StateError: when it cannot be read, or is for a key of another kind than EC and RSA.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        csr = x509.load_pem_x509_csr(csr_pem)
        key = csr.public_key()
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm) as error:
        raise StateError(f"this is no certificate signing request: {error}") from None
    if isinstance(key, (ec.EllipticCurvePublicKey, rsa.RSAPublicKey)):
        return csr, key
    raise StateError("this is a certificate signing request for a key that is neither EC nor RSA")


def alternative_names(identifiers: Iterable[Identifier]) -> x509.SubjectAlternativeName:
    """Return the extension that names these identifiers (RFC 8738 for addresses)."""
    from cryptography import x509

    return x509.SubjectAlternativeName(
        x509.DNSName(each.value) if each.type == "dns" else x509.IPAddress(ip_address(each.value))
        for each in identifiers
    )
