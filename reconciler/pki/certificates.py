"""Certificates in PEM, as a CA sends them and as they are kept."""

from __future__ import annotations

import re
import warnings
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

from reconciler.errors import InvalidCertificateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from reconciler.pki.requests import PublicKey

_LONGEST_CHAIN = 20
# No hyphen inside, so that a hostile text is searched once, and not once for each BEGIN in it.
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----[A-Za-z0-9+/=\s]*-----END \1-----", re.ASCII)


def load_certificates(chain_pem: str) -> list[x509.Certificate]:
    """Return the certificates of a chain (RFC 8555 section 9.1): at least one, and nothing else is with them.

    Raises:
        InvalidCertificateError: it holds something else, or none, or too many, or one is damaged.
    """
    from cryptography import x509
    from cryptography.utils import CryptographyDeprecationWarning

    # What the library will refuse one day is refused here, or harmless; its reader could not mend it.
    warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)
    blocks = list(_BLOCK.finditer(chain_pem))
    others = sorted({each[1][:40] for each in blocks} - {"CERTIFICATE"})[:10]
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
    try:
        return [x509.load_pem_x509_certificate(each[0].encode("ascii")) for each in blocks]
    except (ValueError, x509.InvalidVersion) as error:
        raise InvalidCertificateError(f"the CA's certificate cannot be read: {error}") from None


def extensions_of(certificate: x509.Certificate) -> x509.Extensions:
    """Return the extensions of a certificate (RFC 5280 section 4.2).

    Raises:
        InvalidCertificateError: one is in it twice, or damaged, or names what nothing here can read.
    """
    from cryptography import x509

    try:
        return certificate.extensions
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise InvalidCertificateError(f"the CA's certificate has no readable extensions: {error}") from None


def check_order(certificates: Sequence[x509.Certificate]) -> None:
    """See to it that each certificate was issued by the next one (RFC 8555 section 9.1).

    Raises:
        InvalidCertificateError: one was not.
        UnsupportedAlgorithm: it is not known how one was signed.
    """
    from cryptography.exceptions import InvalidSignature

    for number, (below, above) in enumerate(pairwise(certificates), 1):
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            raise InvalidCertificateError(
                f"the CA's chain is broken: certificate {number} was not issued by certificate {number + 1}"
            ) from None


def is_certificate_of(pem: bytes, key: PublicKey) -> bool:
    """Say whether the first certificate in a PEM is for a key; what is no certificate is for none."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    with suppress(ValueError, x509.InvalidVersion, UnsupportedAlgorithm):
        return x509.load_pem_x509_certificate(pem).public_key() == key
    return False
