from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from josepy import b64, jwk

from reconciler import pki
from reconciler.errors import AccountError
from reconciler.model.account import KeyType
from tests.unit.pki.csrs import EC_KEY, RSA_KEY, csr
from tests.unit.pki.csrs import pem as pem_block

NO_ENCRYPTION = serialization.NoEncryption()
EC_384 = ec.generate_private_key(ec.SECP384R1())
EC_521 = ec.generate_private_key(ec.SECP521R1())
OTHER_EC = ec.generate_private_key(ec.SECP256R1())
OTHER_RSA = rsa.generate_private_key(65537, 2048)
RSA_3072 = rsa.generate_private_key(65537, 3072)
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
KEYS: list[PrivateKey] = [EC_KEY, EC_384, EC_521, RSA_KEY, RSA_3072]


def ours(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NO_ENCRYPTION)


def traditional(key: Any) -> bytes:  # noqa: ANN401 - keys that are refused as well
    """SEC 1 or PKCS #1, as lego and acme.sh write it."""
    text: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NO_ENCRYPTION)
    return text


def certbots(key: PrivateKey) -> bytes:
    """What certbot writes: `account.key.json_dumps()`."""
    made = jwk.JWKRSA(key=key) if isinstance(key, rsa.RSAPrivateKey) else jwk.JWKEC(key=key)
    return made.json_dumps().encode()


def members(key: PrivateKey, **changes: object) -> bytes:
    """Return its JWK with other members; None takes one away."""
    changed = {**json.loads(certbots(key)), **changes}
    return json.dumps({name: value for name, value in changed.items() if value is not None}).encode()


def without(key: PrivateKey, *names: str) -> bytes:
    return members(key, **dict.fromkeys(names))


def number(value: int) -> str:
    return b64.b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode()


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_the_same_in_whatever_form(key: PrivateKey) -> None:
    for content in (ours(key), traditional(key), certbots(key)):
        assert pki.read_account_key(content) == ours(key)
    assert pki.key_type_of(ours(key)) in KeyType


def test_what_lies_around_a_key_does_not_matter() -> None:
    parameters = pem_block(bytes.fromhex("06082a8648ce3d030107"), "EC PARAMETERS").encode()
    for content in (
        traditional(EC_KEY).replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + traditional(EC_KEY),
        b"\n\n" + certbots(EC_KEY) + b"\n",
        b"\xef\xbb\xbf" + certbots(EC_KEY),
        # As `openssl ecparam -genkey` and `openssl pkcs12` write it.
        parameters + traditional(EC_KEY),
        b"Bag Attributes\n    friendlyName: account\n" + ours(EC_KEY),
    ):
        assert pki.read_account_key(content) == ours(EC_KEY)


def test_a_jwk_needs_no_more_than_the_private_exponent() -> None:
    # RFC 7518 section 6.3.2: the others are there to be quick.
    read = pki.read_account_key(without(RSA_KEY, "p", "q", "dp", "dq", "qi"))
    assert pki.same_key(read, ours(RSA_KEY))


def test_a_jwk_with_exponents_of_one_is_not_factored_for_ever() -> None:
    content = json.loads(without(RSA_KEY, "p", "q", "dp", "dq", "qi"))
    with pytest.raises(AccountError, match="damaged"):
        pki.read_account_key(json.dumps({**content, "e": number(1), "d": number(1)}).encode())


def test_a_jwk_may_say_more_than_its_key() -> None:
    assert pki.read_account_key(members(EC_KEY, use="sig", kid="1", alg="ES256")) == ours(EC_KEY)


def test_coordinates_with_zeros_before_them() -> None:
    small = ec.derive_private_key(5, ec.SECP256R1())
    assert pki.read_account_key(certbots(small)) == ours(small)


def encrypted(kind: PrivateFormat) -> bytes:
    return EC_KEY.private_bytes(Encoding.PEM, kind, serialization.BestAvailableEncryption(b"x"))


def public(key: PrivateKey, kind: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, kind)


def spliced(key: ec.EllipticCurvePrivateKey, other: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key with the public part of another one."""
    content = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NO_ENCRYPTION)
    own, foreign = (
        each.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) for each in (key, other)
    )
    assert own in content
    return pem_block(content.replace(own, foreign), "EC PRIVATE KEY").encode()


def with_another_exponent(key: rsa.RSAPrivateKey) -> bytes:
    content = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NO_ENCRYPTION)
    exponent = key.private_numbers().d
    own, foreign = (
        each.to_bytes((exponent.bit_length() + 7) // 8, "big") for each in (exponent, exponent ^ 2)
    )
    assert own in content
    return pem_block(content.replace(own, foreign), "RSA PRIVATE KEY").encode()


TOO_SMALL = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused
ED25519 = ed25519.Ed25519PrivateKey.generate()
SSH = ED25519.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NO_ENCRYPTION)
DSA = dsa.generate_private_key(2048)

PEMS = [
    (encrypted(PrivateFormat.PKCS8), "this is an encrypted private key: decrypt it"),
    (encrypted(PrivateFormat.TraditionalOpenSSL), "this is an encrypted private key: decrypt it"),
    (public(EC_KEY), "this is a public key: the private key"),
    (public(RSA_KEY, PublicFormat.PKCS1), "this is a public key"),
    (SSH, "this is a private key for SSH"),
    (csr("a.example").encode(), "this is a certificate signing request"),
    (csr("a.example").replace(" REQUEST", "").encode(), "this is a certificate: the private key"),
    (traditional(DSA), "PEM of a kind that is unknown here: an account's key is EC"),
    (DSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NO_ENCRYPTION), "neither EC nor RSA"),
    (ED25519.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NO_ENCRYPTION), "neither EC nor RSA"),
    (
        x25519.X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NO_ENCRYPTION),
        "neither",
    ),
    (ours(ec.generate_private_key(ec.SECP224R1())), "on the curve secp224r1: an account's key is EC P-256"),
    (ours(ec.generate_private_key(ec.SECP256K1())), "on the curve secp256k1"),
    (ours(ec.generate_private_key(ec.BrainpoolP256R1())), "on the curve brainpoolP256r1"),
    (ours(TOO_SMALL), "RSA with 1024 bits: an account's key is EC"),
    (traditional(rsa.generate_private_key(65537, 2056)), "RSA with 2056 bits"),
    (ours(EC_KEY) + ours(EC_KEY), "there are 2 blocks of PEM in it"),
    (ours(EC_KEY) + public(EC_KEY), "there are 2 blocks of PEM in it"),
    (ours(EC_KEY)[:-40], "this private key is damaged"),
    (ours(EC_KEY).replace(b"\nM", b"\n!"), "this private key is damaged"),
    (traditional(RSA_KEY).replace(b"RSA PRIVATE", b"EC PRIVATE"), "this private key is damaged"),
    (spliced(EC_KEY, OTHER_EC), "this private key is damaged"),
    (with_another_exponent(RSA_KEY), "this private key is damaged"),
    (b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "this private key is damaged"),
]

NUMBERS = RSA_KEY.private_numbers()
OTHERS = OTHER_RSA.private_numbers()
DAMAGED = "this JWK is damaged"
NO_JWK = "JSON, but no JWK with an EC or RSA key"

JWKS = [
    (without(EC_KEY, "d"), "this JWK is a public key: the private key"),
    (without(RSA_KEY, "d", "p", "q", "dp", "dq", "qi"), "this JWK is a public key"),
    (b"{}", NO_JWK),
    # What else certbot and lego keep beside it.
    (b'{"body": {}, "uri": "https://ca.example/acct/1"}', NO_JWK),
    (b'{\n\t"email": "a@example.com",\n\t"registration": {"body": {"status": "valid"}}\n}', NO_JWK),
    (b'{"keys": [' + certbots(EC_KEY) + b"]}", NO_JWK),
    (b'{"kty": "oct", "k": "AAAA"}', NO_JWK),
    (b'{"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "d": "AAAA"}', NO_JWK),
    (b'{"kty": ["EC"], "d": "AAAA"}', NO_JWK),
    (certbots(EC_KEY)[:-1], "this begins as JSON does, and is damaged"),
    (certbots(EC_KEY) + b"{}", "this begins as JSON does, and is damaged"),
    (b'{"kty": ' + b"[" * 60_000, "this begins as JSON does, and is damaged"),
    (b'{"kty": ' + b"9" * 60_000 + b"}", "this begins as JSON does, and is damaged"),
    (b'{"\xff": 1}', "this begins as JSON does, and is damaged"),
    (
        members(EC_KEY, crv="P-224"),
        "this JWK is on no curve, or on another one: an account's key is EC P-256",
    ),
    (members(EC_KEY, crv="secp256k1"), "on no curve, or on another one"),
    (without(EC_KEY, "crv"), "on no curve, or on another one"),
    (members(EC_KEY, crv=["P-256"]), "on no curve, or on another one"),
    (members(EC_KEY, crv="P-384"), DAMAGED),
    (without(EC_KEY, "x"), DAMAGED),
    (without(EC_KEY, "y"), DAMAGED),
    (members(EC_KEY, d=""), DAMAGED),
    (members(EC_KEY, d=7), DAMAGED),
    (members(EC_KEY, d="AAAA"), DAMAGED),
    (members(EC_KEY, d="A"), DAMAGED),
    (members(EC_KEY, d="/w+="), DAMAGED),
    (members(EC_KEY, d=number(OTHER_EC.private_numbers().private_value)), DAMAGED),
    (members(EC_KEY, x="_" * 43, y="_" * 43), DAMAGED),
    (members(EC_KEY, d="_" * 60_000), DAMAGED),
    (certbots(TOO_SMALL), "RSA with 1024 bits: an account's key is EC"),
    (members(RSA_KEY, n="_" * 60_000), "RSA with 360000 bits"),
    (members(RSA_KEY, d="_" * 60_000), DAMAGED),
    (members(RSA_KEY, e="_" * 60_000), DAMAGED),
    (members(RSA_KEY, p="_" * 60_000), DAMAGED),
    (without(RSA_KEY, "e"), DAMAGED),
    (without(RSA_KEY, "p"), DAMAGED),
    (without(RSA_KEY, "q", "dp", "dq", "qi"), DAMAGED),
    (members(RSA_KEY, n=number(OTHERS.public_numbers.n)), DAMAGED),
    (members(RSA_KEY, e=number(65539)), DAMAGED),
    (members(RSA_KEY, d=number(OTHERS.d)), DAMAGED),
    (members(RSA_KEY, d=number(NUMBERS.d), p=number(OTHERS.p), q=number(OTHERS.q)), DAMAGED),
    (members(RSA_KEY, dp=number(OTHERS.dmp1)), DAMAGED),
    (members(RSA_KEY, qi=number(OTHERS.iqmp)), DAMAGED),
    (members(RSA_KEY, n="AA", e="AA", d="AA"), "RSA with 0 bits"),
    (members(RSA_KEY, d="AA"), DAMAGED),
    (members(RSA_KEY, e="AQ", d="AQ"), DAMAGED),
    (
        json.dumps({"kty": "RSA", "n": number(NUMBERS.public_numbers.n), "e": "AQ", "d": "AQ"}).encode(),
        DAMAGED,
    ),
    (members(RSA_KEY, oth=[{"r": "AAAA"}]), "an RSA key of more than two primes"),
]

OTHER = [
    (b"", "this is empty"),
    (b" \r\n\t", "this is empty"),
    (b"\xef\xbb\xbf", "this is empty"),
    (b"rubbish", "this is neither PEM nor a JWK: an account's key begins with"),
    (b"\x00\xff\xfe" * 1000, "neither PEM nor a JWK"),
    (
        EC_KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NO_ENCRYPTION),
        "inform DER -in FILE. turns DER",
    ),
    (b'"' + b64.b64encode(ours(EC_KEY)) + b'"', "neither PEM nor a JWK"),
    (b"[" + certbots(EC_KEY) + b"]", "neither PEM nor a JWK"),
    (b"-----BEGIN \x1b[31m-----", "neither PEM nor a JWK"),
    (ours(EC_KEY) + b" " * 65_536, "larger than 64 KiB"),
    (b"{" * 65_537, "larger than 64 KiB"),
]


REFUSED = [*PEMS, *JWKS, *OTHER]


@pytest.mark.parametrize(("content", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_is_no_account_key_is_refused_without_showing_it(content: bytes, message: str) -> None:
    with pytest.raises(AccountError, match=message) as caught:
        pki.read_account_key(content)
    check_refusal(caught.value, content)


def check_refusal(error: AccountError, content: bytes) -> None:
    text = str(error)
    assert text.isprintable()
    assert len(text) < 300
    # A parser's error would have the whole content with it.
    assert error.__cause__ is None
    assert error.__context__ is None
    words = {each for each in content.decode("latin-1").replace('"', "\n").split() if len(each) > 12}
    assert not [each for each in words if each in text]


def test_the_largest_file_that_is_read() -> None:
    content = ours(EC_KEY)
    assert pki.read_account_key(content + b"\n" * (65_536 - len(content))) == content


READABLE = [*map(ours, KEYS[:4]), *map(traditional, KEYS[:4]), *map(certbots, KEYS[:4])]


@settings(max_examples=200)
@given(st.sampled_from(READABLE), st.binary(max_size=30), st.integers(0, 3000), st.integers(0, 40))
def test_damaged_keys_are_read_or_refused(whole: bytes, junk: bytes, place: int, gone: int) -> None:
    place %= len(whole)
    content = whole[:place] + junk + whole[place + gone :]
    key, refusal = None, None
    try:
        key = pki.read_account_key(content)
    except AccountError as error:
        refusal = error
    if refusal is not None:
        assert str(refusal).isprintable()
        assert refusal.__context__ is None
    if key is not None:
        # Only what does not count can have changed: nothing comes of it but the key.
        assert any(pki.same_key(key, ours(each)) for each in KEYS)


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_anything_else_is_refused(junk: bytes) -> None:
    for content in (junk, b"{" + junk, b"-----BEGIN PRIVATE KEY-----" + junk + b"-----END PRIVATE KEY-----"):
        with pytest.raises(AccountError):
            pki.read_account_key(content)
