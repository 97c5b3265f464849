"""The text of a certificate signing request: one PEM block, whose DER every reader understands alike."""

from __future__ import annotations

import base64
import binascii
import hashlib
import posixpath
import re

_BLOCK = re.compile(
    r"""-----BEGIN\ (?P<label>(?:NEW\ )?CERTIFICATE\ REQUEST)-----
        (?P<body>[A-Za-z0-9+/=\s]++)
        -----END\ (?P=label)-----""",
    re.VERBOSE,
)


def request_digest(text: str) -> bytes:
    """Return the SHA-256 of the DER of a request in PEM; of the text itself where it is anything else.

    Lines of another length, and spaces around the block, make no other request.
    """
    text = text.strip()
    block = _BLOCK.fullmatch(text)
    try:
        content = base64.b64decode("".join(block["body"].split()), validate=True) if block else b""
    except binascii.Error:
        content = b""
    return hashlib.sha256(content or text.encode("utf-8", "replace")).digest()


def path_of_file(certificate_path: str, file: str) -> str | None:
    """Return the path in the tree of what a certificate's `csr_file` names; None if it leads out of the tree.

    Args:
        certificate_path: the path in the tree of the certificate's own file.
        file: relative to the folder of that.
    """
    path = posixpath.normpath(posixpath.join(posixpath.dirname(certificate_path), file))
    return None if path.startswith("/") or path.split("/")[0] in ("..", ".") or "\0" in file else path
