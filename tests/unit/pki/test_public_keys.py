from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from josepy import b64, jwk

from reconciler import pki
from reconciler.errors import StateError
from reconciler.model.account import KeyType
from reconciler.model.identifier import Identifier
from reconciler.model.role import IdentifierPopulation
from reconciler.pki import thumbprint
from reconciler.pki.public_keys import public_key
from tests.unit.pki.csrs import csr

NAME = [Identifier("dns", "www.example.com")]


@pytest.mark.parametrize(
    "key_type", [KeyType.EC_256, KeyType.EC_384, KeyType.EC_521, KeyType.RSA_2048, KeyType.RSA_3072]
)
def test_a_key_and_its_request_have_the_thumbprint_that_acme_knows(key_type: KeyType) -> None:
    key = pki.generate_key(key_type)
    request = pki.make_csr(key, NAME, IdentifierPopulation.SANS_ONLY)
    expected = b64.b64encode(jwk.JWK.load(key).thumbprint()).decode()
    assert thumbprint(key) == thumbprint(request) == expected
    assert public_key(key) == public_key(request) == x509.load_pem_x509_csr(request).public_key()


def test_a_coordinate_that_begins_with_zeros_keeps_its_length() -> None:
    # RFC 7518 section 6.2.1.2: all octets of the field's size.
    number = next(
        each
        for each in range(1, 2000)
        if ec.derive_private_key(each, ec.SECP256R1()).public_key().public_numbers().x.bit_length() <= 248
    )
    text = csr("www.example.com", key=ec.derive_private_key(number, ec.SECP256R1())).encode()
    key = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    assert thumbprint(text) == b64.b64encode(jwk.JWKEC(key=key).thumbprint()).decode()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"rubbish", "no whole, unencrypted EC or RSA private key"),
        (b"-----BEGIN CERTIFICATE REQUEST-----\n", "no certificate signing request"),
        (csr("a.example", key=ed25519.Ed25519PrivateKey.generate()).encode(), "neither EC nor RSA"),
    ],
)
def test_what_holds_no_key(text: bytes, message: str) -> None:
    with pytest.raises(StateError, match=message):
        public_key(text)
