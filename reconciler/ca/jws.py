"""Requests signed by an account's key (RFC 8555 section 6.2).

The library that would do it takes four times as long for one, and longer to import than a request takes.
The tests hold that it would say the same, byte for byte.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from reconciler.errors import StateError
from reconciler.pki.base64url import base64url
from reconciler.pki.keys import hash_for, load_key
from reconciler.pki.public_jwk import public_jwk, thumbprint_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.pki.keys import PrivateKey
    from reconciler.pki.requests import PublicKey

# RFC 7518 section 3.4.
_ALGORITHMS = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


class AccountKey:
    """An account's private key: what it signs, and what is said of it."""

    def __init__(self, pem: bytes) -> None:
        """Read the key.

        Raises:
            StateError: when it is no private key in PEM of a kind that ACME knows.
        """
        key = load_key(pem)
        self._algorithm, self._sign = _signer(key)
        self.public_key: PublicKey = key.public_key()
        self.thumbprint: str = thumbprint_of(self.public_key)
        """The JWK thumbprint (RFC 7638) as it stands in a key authorization."""

    def __repr__(self) -> str:
        """Hide the key."""
        return f"AccountKey({self.thumbprint})"

    def sign(self, url: str, nonce: str | None, payload: bytes, account_url: str | None) -> bytes:
        """Return the JWS of a request.

        Args:
            url: the request's own.
            nonce: as the CA sent it; None for a JWS inside another one.
            payload: JSON, or nothing for a POST-as-GET.
            account_url: names the key; None puts the public key itself into the JWS, as newAccount wants it.
        """
        header: dict[str, object] = {"alg": self._algorithm}
        if account_url is None:
            header["jwk"] = public_jwk(self.public_key)
        else:
            header["kid"] = account_url
        if nonce is not None:
            header["nonce"] = nonce
        header["url"] = url
        protected, content = base64url(json.dumps(header).encode("ascii")), base64url(payload)
        signature = base64url(self._sign(f"{protected}.{content}".encode("ascii")))
        # What is in base64 needs no escapes.
        return f'{{"protected": "{protected}", "signature": "{signature}", "payload": "{content}"}}'.encode()

    def change(self, new_key: AccountKey, url: str, account_url: str) -> bytes:
        """Return the payload of keyChange (RFC 8555 section 7.3.5): the JWS in which the new key speaks.

        It has the URL of the request that it goes into, and no nonce: that stands in the outer JWS.
        """
        said = {"account": account_url, "oldKey": public_jwk(self.public_key)}
        return new_key.sign(url, None, json.dumps(said).encode(), account_url=None)


def _signer(key: PrivateKey) -> tuple[str, Callable[[bytes], bytes]]:
    """Return the name of the algorithm that fits a key (RFC 7518 section 3.1), and what signs by it."""
    fitting = hash_for(key)
    if isinstance(key, rsa.RSAPrivateKey):
        return "RS256", lambda content: key.sign(content, padding.PKCS1v15(), fitting)
    algorithm = _ALGORITHMS.get(key.curve.name)
    if algorithm is None:
        raise StateError(f"an account's key cannot be on the curve {key.curve.name}")
    ecdsa, length = ec.ECDSA(fitting), (key.key_size + 7) // 8

    def sign(content: bytes) -> bytes:
        # Not as X.509 has it: the two numbers, each in its whole length (RFC 7518 section 3.4).
        r, s = utils.decode_dss_signature(key.sign(content, ecdsa))
        return r.to_bytes(length, "big") + s.to_bytes(length, "big")

    return algorithm, sign
