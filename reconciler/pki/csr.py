"""Certificate signing requests that others have made, judged before anything is ordered with them."""

from __future__ import annotations

import base64
import hashlib
import warnings
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.errors import InvalidRequestError
from reconciler.pki.csr_key import check_signature, key_type_in
from reconciler.pki.csr_names import identifiers_in
from reconciler.pki.csr_pem import der_of

if TYPE_CHECKING:
    from cryptography import x509

    from reconciler.model.account import KeyType
    from reconciler.model.identifier import Identifier


class CertificateRequest(Struct, frozen=True):
    """What a certificate signing request (RFC 2986) asks for.

    Attributes:
        identifiers: its subject alternative names, in its order.
        key_type: of the key that it is for; the private key is with the requester.
        pem: the request itself, in one form whatever form it came in.
        digest: the SHA-256 (hex) of its DER: what tells it from others.
    """

    identifiers: tuple[Identifier, ...]
    key_type: KeyType
    pem: str
    digest: str


def read_csr(pem: str) -> CertificateRequest:
    """Return what a certificate signing request asks for, if it is one to order with.

    Args:
        pem: one block of PEM (RFC 7468); whatever else it is, it comes to an error and nothing worse.

    Raises:
        InvalidRequestError: a CA would refuse it, or should; says why and what to do, and never shows what
            was in the place of a request.
    """
    der = der_of(pem)
    with warnings.catch_warnings():
        # What the library would warn of (a country of three letters) a CA leaves out.
        warnings.simplefilter("ignore")
        csr = _parsed(der)
        key_type = key_type_in(csr)
        check_signature(csr)
        return CertificateRequest(
            identifiers_in(csr), key_type, _canonical(der), hashlib.sha256(der).hexdigest()
        )


def _parsed(der: bytes) -> x509.CertificateSigningRequest:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    try:
        csr = x509.load_der_x509_csr(der)
        if csr.public_bytes(serialization.Encoding.DER) == der:
            return csr
    except (ValueError, TypeError, x509.InvalidVersion):
        pass
    raise InvalidRequestError(
        "there is no certificate signing request (RFC 2986) in the block of PEM: make it anew, or copy it "
        "again"
    )


def _canonical(der: bytes) -> str:
    text = base64.b64encode(der).decode("ascii")
    lines = (text[start : start + 64] for start in range(0, len(text), 64))
    return "\n".join(["-----BEGIN CERTIFICATE REQUEST-----", *lines, "-----END CERTIFICATE REQUEST-----", ""])
