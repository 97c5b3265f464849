"""Public keys: of private keys, and of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.pki.keys import load_key
from reconciler.pki.requests import load_csr

if TYPE_CHECKING:
    from reconciler.pki.requests import PublicKey

_REQUEST = b"CERTIFICATE REQUEST-----"


def public_key(pem: bytes) -> PublicKey:
    """Return the public key of a private key, or the one that a certificate signing request is for.

    Raises:
        StateError: the PEM holds neither, or a key of another kind than EC and RSA.
    """
    return load_csr(pem)[1] if _REQUEST in pem else load_key(pem).public_key()
