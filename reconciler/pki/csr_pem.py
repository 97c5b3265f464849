"""The text of a certificate signing request: one PEM block, whose DER every reader understands alike."""

from __future__ import annotations

import base64
import re

from reconciler.errors import InvalidRequestError
from reconciler.model.private_keys import find_private_key

_LARGEST = 64 * 1024
_REQUEST = re.compile(r"(NEW )?CERTIFICATE REQUEST")  # the first is what some old tools write
_BEGIN = re.compile(r"-----BEGIN ([^-\r\n]{0,60})-----")
_END = re.compile(r"-----END [^-\r\n]{0,60}-----")


def der_of(pem: str) -> bytes:
    """Return what is in the one block of PEM (RFC 7468) of a request, whether or not that is one.

    Raises:
        InvalidRequestError: there is no such block, or something beside it.
    """
    if len(pem) > _LARGEST:
        raise InvalidRequestError(f"this is larger than {_LARGEST // 1024} KiB; no honest request is")
    if find_private_key(pem) is not None:
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
