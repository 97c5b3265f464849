"""Requests signed by an account's key (RFC 8555 section 6.2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from acme import jws, messages
from cryptography.hazmat.primitives.asymmetric import rsa
from josepy import json_util, jwa, jwk
from josepy import jws as jose

from reconciler.errors import StateError
from reconciler.pki.keys import load_key
from reconciler.pki.public_keys import public_key

if TYPE_CHECKING:
    from reconciler.ca.port import ExternalAccountBinding
    from reconciler.pki.requests import PublicKey

_ALGORITHMS = {"secp256r1": jwa.ES256, "secp384r1": jwa.ES384, "secp521r1": jwa.ES512}


class _Header(jws.Header):
    """The library takes a nonce apart and puts it together again, which not every server's nonce survives."""

    nonce: str | None = json_util.field("nonce", omitempty=True)  # type: ignore[assignment]


class _Signature(jws.Signature):
    __slots__ = jose.Signature._orig_slots
    header_cls = _Header
    header: _Header = json_util.field("header", omitempty=True, default=_Header(), decoder=_Header.from_json)


class _JWS(jws.JWS):
    __slots__ = jose.JWS._orig_slots
    signature_cls = _Signature


class AccountKey:
    """An account's private key: what it signs, and what is said of it."""

    def __init__(self, pem: bytes) -> None:
        """Read the key.

        Raises:
            StateError: when it is no private key in PEM of a kind that ACME knows.
        """
        self._key, self._algorithm = _jwk(pem)
        self.thumbprint: str = _thumbprint(self._key)
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
        signed = _JWS.sign(payload, self._key, self._algorithm, nonce, url, account_url)  # type: ignore[arg-type]
        return str(signed.json_dumps()).encode("ascii")

    def change(self, new_key: AccountKey, url: str, account_url: str) -> bytes:
        """Return the payload of keyChange (RFC 8555 section 7.3.5): the JWS in which the new key speaks.

        It has the URL of the request that it goes into, and no nonce: that stands in the outer JWS.
        """
        said = {"account": account_url, "oldKey": self._key.public_key().to_json()}
        return new_key.sign(url, None, json.dumps(said).encode(), account_url=None)

    def bind(self, binding: ExternalAccountBinding, new_account_url: str) -> dict[str, Any]:
        """Return the `externalAccountBinding` of a newAccount request (RFC 8555 section 7.3.4)."""
        return messages.ExternalAccountBinding.from_data(
            self._key.public_key(),
            binding.key_identifier,
            json_util.encode_b64jose(binding.key),
            messages.Directory({"newAccount": new_account_url}),
        )


def thumbprint(pem: bytes) -> str:
    """Return the JWK thumbprint (RFC 7638, base64url) of a private key, or of the key that a CSR is for.

    Raises:
        StateError: the PEM holds neither, or a key of another kind than EC and RSA.
    """
    return thumbprint_of(public_key(pem))


def thumbprint_of(key: PublicKey) -> str:
    """Return the JWK thumbprint (RFC 7638, base64url) of a public key."""
    return _thumbprint(jwk.JWKRSA(key=key) if isinstance(key, rsa.RSAPublicKey) else jwk.JWKEC(key=key))


def _thumbprint(key: jwk.JWK) -> str:
    return str(json_util.encode_b64jose(key.thumbprint()))


def _jwk(pem: bytes) -> tuple[jwk.JWK, jwa.JWASignature]:
    key = load_key(pem)
    if isinstance(key, rsa.RSAPrivateKey):
        return jwk.JWKRSA(key=key), jwa.RS256
    algorithm = _ALGORITHMS.get(key.curve.name)
    if algorithm is None:
        raise StateError(f"an account's key cannot be on the curve {key.curve.name}")
    return jwk.JWKEC(key=key), algorithm
