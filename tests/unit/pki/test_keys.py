from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat

from reconciler import pki
from reconciler.errors import StateError
from reconciler.model.account import KeyType
from tests.unit.pki.csrs import EC_KEY, RSA_KEY

OURS = EC_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption())
SEC1 = EC_KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
RSA = RSA_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption())


def test_a_key_is_the_same_however_it_is_written() -> None:
    assert pki.same_key(OURS, OURS)
    assert pki.same_key(OURS, SEC1)
    assert not pki.same_key(OURS, pki.generate_key(KeyType.EC_256))
    assert not pki.same_key(OURS, RSA)
    with pytest.raises(StateError, match="no whole, unencrypted EC or RSA private key"):
        pki.same_key(OURS, b"rubbish")
