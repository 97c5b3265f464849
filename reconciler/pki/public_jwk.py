"""Public keys as JSON Web Keys (RFC 7517), and their thumbprints."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from reconciler.pki.base64url import base64url
from reconciler.pki.public_keys import public_key

if TYPE_CHECKING:
    from reconciler.pki.requests import PublicKey

_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def public_jwk(key: PublicKey) -> dict[str, str]:
    """Return a public key as a JWK (RFC 7518 sections 6.2.1 and 6.3.1).

    A curve that JWKs do not know keeps its name: no account has such a key.
    """
    from cryptography.hazmat.primitives.asymmetric import rsa

    if isinstance(key, rsa.RSAPublicKey):
        modulus = key.public_numbers()
        return {"n": _number(modulus.n), "e": _number(modulus.e), "kty": "RSA"}
    point, length = key.public_numbers(), (key.key_size + 7) // 8
    return {
        "x": base64url(point.x.to_bytes(length, "big")),
        "y": base64url(point.y.to_bytes(length, "big")),
        "crv": _CURVES.get(key.curve.name, key.curve.name),
        "kty": "EC",
    }


def thumbprint(pem: bytes) -> str:
    """Return the JWK thumbprint (RFC 7638, base64url) of a private key, or of the key that a CSR is for.

    Raises:
        StateError: the PEM holds neither, or a key of another kind than EC and RSA.
    """
    return thumbprint_of(public_key(pem))


def thumbprint_of(key: PublicKey) -> str:
    """Return the JWK thumbprint (RFC 7638, base64url) of a public key."""
    canonical = json.dumps(public_jwk(key), sort_keys=True, separators=(",", ":"))
    return base64url(hashlib.sha256(canonical.encode("ascii")).digest())


def _number(value: int) -> str:
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
