"""The certificate signing request of a file as it was at some time: which one, and where it was."""

from __future__ import annotations

import posixpath

from reconciler.errors import InvalidRequestError


def request_digest(text: str) -> str:
    """Return the SHA-256 (hex) of the DER of a request in PEM; of the text itself where it is anything else.

    Lines of another length, and spaces around the block, make no other request.
    """
    from reconciler.pki.csr_pem import der_of  # slow to import, and few trees have a CSR

    try:
        content = der_of(text)
    except InvalidRequestError:
        content = text.encode("utf-8", "replace")
    import hashlib  # slow to import, and few trees have a CSR

    return hashlib.sha256(content).hexdigest()


def path_of_file(certificate_path: str, file: str) -> str | None:
    """Return the path in the tree of what a certificate's `csr_file` names; None if it leads out of the tree.

    Args:
        certificate_path: the path in the tree of the certificate's own file.
        file: relative to the folder of that.
    """
    path = posixpath.normpath(posixpath.join(posixpath.dirname(certificate_path), file))
    return None if path.startswith("/") or path.split("/")[0] in ("..", ".") or "\0" in file else path
