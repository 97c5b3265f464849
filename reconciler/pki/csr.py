"""Certificate signing requests that others have made, judged before anything is ordered with them."""

from __future__ import annotations

import base64
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import InvalidRequestError
from reconciler.pki.csr_key import check_signature, key_type_in
from reconciler.pki.csr_names import identifiers_in

if TYPE_CHECKING:
    from cryptography import x509

    from reconciler.model.account import KeyType
    from reconciler.model.identifier import Identifier

_LARGEST = 64 * 1024
_REQUEST = re.compile(r"(NEW )?CERTIFICATE REQUEST")  # the first is what some old tools write
_BEGIN = re.compile(r"-----BEGIN ([^-\r\n]{0,60})-----")
_END = re.compile(r"-----END [^-\r\n]{0,60}-----")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{0,60}PRIVATE KEY")


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """What a certificate signing request (RFC 2986) asks for.

    Attributes:
        identifiers: its subject alternative names, in its order.
        key_type: of the key that it is for; the private key is with the requester.
        pem: the request itself, in one form whatever form it came in.
    """

    identifiers: tuple[Identifier, ...]
    key_type: KeyType
    pem: str


def read_csr(pem: str) -> CertificateRequest:
    """Return what a certificate signing request asks for, if it is one to order with.

    Args:
        pem: one block of PEM (RFC 7468); whatever else it is, it comes to an error and nothing worse.

    Raises:
        InvalidRequestError: a CA would refuse it, or should; says why and what to do, and never shows what
            was in the place of a request.
    """
    der = _der(pem)
    with warnings.catch_warnings():
        # What the library would warn of (a country of three letters) a CA leaves out.
        warnings.simplefilter("ignore")
        csr = _parsed(der)
        key_type = key_type_in(csr)
        check_signature(csr)
        return CertificateRequest(identifiers_in(csr), key_type, _canonical(der))


def _der(pem: str) -> bytes:
    """Return what is in the one block of PEM (RFC 7468)."""
    if len(pem) > _LARGEST:
        raise InvalidRequestError(f"this is larger than {_LARGEST // 1024} KiB; no honest request is")
    if _PRIVATE_KEY.search(pem):
        raise InvalidRequestError(
            "there is a private key in it, which is no secret any more wherever this file has been: make a "
            "new key, and put nothing here but the request for it"
        )
    begins = list(_BEGIN.finditer(pem))
    if not begins:
        raise InvalidRequestError(
            "this is no PEM: a request begins with -----BEGIN CERTIFICATE REQUEST----- "
            "(`openssl req -inform DER -in FILE` turns DER into PEM)"
        )
    if len(begins) > 1:
        raise InvalidRequestError(f"there are {len(begins)} blocks of PEM in it; leave the one request")
    if not _REQUEST.fullmatch(begins[0][1]):
        label = "".join(each if each.isprintable() else "?" for each in begins[0][1])
        raise InvalidRequestError(f"this is a {label}; a CERTIFICATE REQUEST is wanted")
    return _decoded(pem, begins[0])


def _decoded(pem: str, begin: re.Match[str]) -> bytes:
    end = _END.search(pem, begin.end())
    if end is not None and (pem[: begin.start()].strip() or pem[end.end() :].strip()):
        raise InvalidRequestError(
            "there is text beside the block of PEM, which may say something else than the request: remove it "
            "(`openssl req -in FILE` shows the request without)"
        )
    if pem.isascii() and end is not None and end[0] == begin[0].replace("BEGIN", "END", 1):
        try:
            return base64.b64decode("".join(pem[begin.end() : end.start()].split()), validate=True)
        except ValueError:
            pass
    raise InvalidRequestError("the block of PEM is damaged: copy it again, from -----BEGIN to -----END")


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
