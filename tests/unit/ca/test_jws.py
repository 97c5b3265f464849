from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from acme.jws import JWS
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from josepy import json_util, jwa, jwk
from josepy.interfaces import JSONDeSerializable

from reconciler import pki
from reconciler.ca import registration
from reconciler.ca.jws import AccountKey
from reconciler.ca.port import ExternalAccountBinding
from reconciler.errors import StateError
from reconciler.model.account import KeyType
from reconciler.pki.keys import key_pem
from reconciler.pki.public_jwk import public_jwk
from tests.unit.ca.https_server import unpadded

URL = "https://ca.example/order"
ALGORITHMS = {
    KeyType.EC_256: "ES256",
    KeyType.EC_384: "ES384",
    KeyType.EC_521: "ES512",
    KeyType.RSA_2048: "RS256",
    KeyType.RSA_4096: "RS256",
}


def protected(jws: bytes) -> dict[str, Any]:
    return dict(json.loads(unpadded(json.loads(jws)["protected"])))


@pytest.mark.parametrize("key_type", ALGORITHMS)
def test_requests_are_signed_by_the_kind_of_key(key_type: KeyType) -> None:
    pem = pki.generate_key(key_type)
    signed = AccountKey(pem).sign(URL, "abcd", b'{"a": 1}', "https://ca.example/account/1")
    assert protected(signed) == {
        "alg": ALGORITHMS[key_type],
        "kid": "https://ca.example/account/1",
        "nonce": "abcd",
        "url": URL,
    }
    assert set(json.loads(signed)) == {"protected", "payload", "signature"}
    jws = JWS.json_loads(signed.decode())
    assert jws.payload == b'{"a": 1}'
    assert jws.verify(jwk.JWK.load(pem).public_key())


@pytest.mark.parametrize(
    "key_type", [KeyType.RSA_2048, *(each for each in ALGORITHMS if each.startswith("ec"))]
)
@pytest.mark.parametrize("account_url", ['https://ca.example/account/1?a="b\\c', None])
def test_the_library_would_say_the_same_byte_for_byte(key_type: KeyType, account_url: str | None) -> None:
    pem, payload, nonce = pki.generate_key(key_type), b'{"a": 1}', json_util.encode_b64jose(b"nonce")
    ours = json.loads(signed := AccountKey(pem).sign(URL, nonce, payload, account_url))
    key = jwk.JWK.load(pem)
    algorithm = jwa.JWASignature.from_json(ALGORITHMS[key_type])
    theirs = json.loads(JWS.sign(payload, key, algorithm, b"nonce", URL, account_url).json_dumps())
    if key_type.startswith("ec"):  # these signatures are made with a random number
        assert len(ours["signature"]) == len(theirs["signature"])
        theirs["signature"] = ours["signature"]
    assert signed == json.dumps(theirs).encode()


def test_both_halves_of_a_signature_have_their_whole_length() -> None:
    pem = pki.generate_key(KeyType.EC_521)
    key, public = AccountKey(pem), jwk.JWK.load(pem).public_key()
    halves = set()
    for number in range(40):
        signed = key.sign(f"{URL}/{number}", None, b"", "kid")
        signature = unpadded(json.loads(signed)["signature"])
        assert len(signature) == 132
        halves |= {signature[:66][0], signature[66:][0]}
        assert JWS.json_loads(signed.decode()).signature.verify(b"", public)
    # The order of the curve has 521 bits: the first byte is 0 or 1.
    assert halves == {0, 1}


@pytest.mark.parametrize("key_type", ALGORITHMS)
def test_keys_are_named_as_the_library_names_them(key_type: KeyType) -> None:
    pem = pki.generate_key(key_type)
    key = jwk.JWK.load(pem).public_key()
    assert AccountKey(pem).thumbprint == pki.thumbprint(pem) == json_util.encode_b64jose(key.thumbprint())
    assert json.dumps(public_jwk(AccountKey(pem).public_key)) == json.dumps(key.to_json())


def test_a_new_account_is_named_by_its_public_key() -> None:
    pem = pki.generate_key(KeyType.EC_256)
    header = protected(AccountKey(pem).sign(URL, "abcd", b"{}", None))
    assert set(header) == {"alg", "jwk", "nonce", "url"}
    assert header["jwk"] == jwk.JWK.load(pem).public_key().to_json()
    assert "d" not in header["jwk"]


@pytest.mark.parametrize("nonce", ["a", "AB", "5f0c2b9e-7c1a-4c6e-8d55-2f6a1b3c4d5e", "x" * 500])
def test_a_nonce_goes_back_as_it_came(nonce: str) -> None:
    signed = AccountKey(pki.generate_key(KeyType.EC_256)).sign(URL, nonce, b"", "kid")
    assert protected(signed)["nonce"] == nonce
    assert json.loads(signed)["payload"] == ""


def test_the_thumbprint_of_rfc_7638() -> None:
    # The private key of RFC 7515 appendix A.3.
    secret = int.from_bytes(unpadded("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"))
    key = AccountKey(key_pem(ec.derive_private_key(secret, ec.SECP256R1())))
    assert key.thumbprint == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"


@pytest.mark.parametrize("new_type", ALGORITHMS)
def test_a_key_change_is_signed_by_the_new_key_inside(new_type: KeyType) -> None:
    old, new = pki.generate_key(KeyType.EC_256), pki.generate_key(new_type)
    url, account = "https://ca.example/key-change", "https://ca.example/account/1"
    inner = AccountKey(old).change(AccountKey(new), url, account)
    new_public = jwk.JWK.load(new).public_key()
    assert protected(inner) == {"alg": ALGORITHMS[new_type], "jwk": new_public.to_json(), "url": url}
    assert set(json.loads(inner)) == {"protected", "payload", "signature"}
    jws = JWS.json_loads(inner.decode())
    assert jws.verify(new_public)
    assert json.loads(jws.payload) == {
        "account": account,
        "oldKey": jwk.JWK.load(old).public_key().to_json(),
    }


def test_external_account_binding() -> None:
    secret = b"\x00\xffsecret of the binding, any bytes"
    key = AccountKey(pki.generate_key(KeyType.EC_384))
    bound = json.loads(
        to_json(
            registration.bind(
                key.public_key, ExternalAccountBinding("kid-1", secret), "https://ca.example/account"
            )
        )
    )
    assert json.loads(unpadded(bound["protected"])) == {
        "alg": "HS256",
        "kid": "kid-1",
        "url": "https://ca.example/account",
    }
    public = json.loads(unpadded(bound["payload"]))
    assert public["crv"] == "P-384"
    assert "d" not in public
    assert JWS.from_json(bound).verify(jwk.JWKOct(key=secret))


def to_json(value: dict[str, Any]) -> str:
    return json.dumps(value, default=JSONDeSerializable.json_dump_default)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"secret rubbish",
        pki.generate_key(KeyType.EC_256)[:-80],
        b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n",
    ],
)
def test_what_is_no_key_is_not_shown(pem: bytes) -> None:
    with pytest.raises(StateError, match="no whole, unencrypted EC or RSA private key") as caught:
        AccountKey(pem)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_public_keys_and_other_curves_are_refused() -> None:
    for public in (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)):
        pem = public.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        with pytest.raises(StateError):
            AccountKey(pem)
    for private in (ec.generate_private_key(ec.SECP256K1()), ed25519.Ed25519PrivateKey.generate()):
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with pytest.raises(StateError):
            AccountKey(pem)


def test_nothing_shows_the_key() -> None:
    pem = pki.generate_key(KeyType.EC_256)
    key = AccountKey(pem)
    assert repr(key) == f"AccountKey({key.thumbprint})"
    assert len(urlsafe_b64encode(unpadded(key.thumbprint))) == 44
