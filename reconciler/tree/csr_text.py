"""The text of a certificate signing request: one PEM block, whose DER every reader understands alike."""

from __future__ import annotations

import base64
import binascii
import hashlib
import posixpath
import re

_BLOCK = re.compile(
    r"""-----BEGIN\ (?P<label>(?:NEW\ )?CERTIFICATE\ REQUEST)-----\s
        (?P<body>[A-Za-z0-9+/=\s]++)
        -----END\ (?P=label)-----""",
    re.VERBOSE,
)
_BEGIN = "-----BEGIN "
_LINE = 64  # RFC 7468 section 2


def request_der(text: str) -> bytes | None:
    """Return the DER of the one request in a text; None if there is none, or more than one PEM block.

    What stands around the block (as `openssl req -text` writes it) has no meaning.
    """
    block = _BLOCK.search(text)
    if block is None or text.count(_BEGIN) != 1:
        return None
    try:
        return base64.b64decode("".join(block["body"].split()), validate=True) or None
    except binascii.Error:
        return None


def request_pem(der: bytes) -> str:
    """Return a request as every program writes it: PEM, and nothing else."""
    body = base64.b64encode(der).decode()
    lines = [body[start : start + _LINE] for start in range(0, len(body), _LINE)]
    return "\n".join(["-----BEGIN CERTIFICATE REQUEST-----", *lines, "-----END CERTIFICATE REQUEST-----", ""])


def request_digest(text: str) -> bytes:
    """Return the SHA-256 of the request in a text; of the text itself, stripped, if it holds none."""
    der = request_der(text)
    return hashlib.sha256(text.strip().encode("utf-8", "replace") if der is None else der).digest()


def path_of_file(certificate_path: str, file: str) -> str | None:
    """Return the path in the tree of what a certificate's `csr_file` names; None if it leads out of the tree.

    Args:
        certificate_path: the path in the tree of the certificate's own file.
        file: relative to the folder of that.
    """
    path = posixpath.normpath(posixpath.join(posixpath.dirname(certificate_path), file))
    return None if path.startswith("/") or path.split("/")[0] in ("..", ".") or "\0" in file else path
