"""Public keys: of private keys, and of requests."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

from reconciler.pki.keys import load_key
from reconciler.pki.requests import load_csr

if TYPE_CHECKING:
    from reconciler.pki.requests import PublicKey

_REQUEST = b"CERTIFICATE REQUEST-----"
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def public_key(pem: bytes) -> PublicKey:
    """Return the public key of a private key, or the one that a certificate signing request is for.

    Raises:
        StateError: the PEM holds neither, or a key of another kind than EC and RSA.
    """
    return load_csr(pem)[1] if _REQUEST in pem else load_key(pem).public_key()


def thumbprint(pem: bytes) -> str:
    """Return the thumbprint of that public key (RFC 7638, with the members of RFC 7518 section 6; base64url).

    Raises:
        StateError: there is none, see `public_key`.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    key = public_key(pem)
    if isinstance(key, ec.EllipticCurvePublicKey):
        point, size = key.public_numbers(), (key.key_size + 7) // 8
        members = {"crv": _CURVES.get(key.curve.name, ""), "kty": "EC"}
        members |= {"x": _text(point.x, size), "y": _text(point.y, size)}
    else:
        numbers = key.public_numbers()
        members = {"e": _text(numbers.e), "kty": "RSA", "n": _text(numbers.n)}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(canonical.encode("ascii")).digest())


def _text(number: int, size: int | None = None) -> str:
    return _base64url(number.to_bytes(size or (number.bit_length() + 7) // 8, "big"))


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")
