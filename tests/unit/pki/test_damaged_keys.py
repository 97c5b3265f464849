"""Keys are looked at quickly: one that is damaged is found all the same."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from reconciler import pki
from reconciler.errors import StateError
from reconciler.model.account import KeyType
from reconciler.pki.keys import key_pem, load_key
from tests.unit.pki.authorities import INTERMEDIATE, pem


@pytest.mark.parametrize("key_type", [KeyType.EC_256, KeyType.EC_521, KeyType.RSA_2048])
def test_the_public_key_of_a_whole_key(key_type: KeyType) -> None:
    key = pki.generate_key(key_type)
    assert load_key(key).public_key() == load_pem_private_key(key, None).public_key()


def test_a_private_part_that_does_not_fit_the_public_one() -> None:
    one, other = (rsa.generate_private_key(65537, 2048).private_numbers() for _ in range(2))
    mixed = rsa.RSAPrivateNumbers(
        one.p, one.q, other.d, other.dmp1, other.dmq1, one.iqmp, one.public_numbers
    ).private_key(unsafe_skip_rsa_key_validation=True)
    with pytest.raises(StateError, match="no whole"):
        load_key(key_pem(mixed))


def test_an_elliptic_one_likewise() -> None:
    """The scalar in the DER is another one than the point beside it belongs to."""
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    scalar = key.private_numbers().private_value.to_bytes(32, "big")
    other = (key.private_numbers().private_value ^ 1).to_bytes(32, "big")
    damaged = der.replace(scalar, other)
    text = b"-----BEGIN PRIVATE KEY-----\n" + base64.encodebytes(damaged) + b"-----END PRIVATE KEY-----\n"
    with pytest.raises(StateError, match="no whole"):
        load_key(text)


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key(content: bytes) -> None:
    with pytest.raises(StateError):
        load_key(content)


def test_whether_a_certificate_is_for_a_key() -> None:
    certificate = pem(INTERMEDIATE.certificate).encode()
    assert pki.is_certificate_of(certificate, INTERMEDIATE.key.public_key())
    other = load_key(pki.generate_key(KeyType.EC_256)).public_key()
    assert not pki.is_certificate_of(certificate, other)
    assert not pki.is_certificate_of(b"?", other)
