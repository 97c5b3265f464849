"""Private keys."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from reconciler.errors import StateError
from reconciler.model.account import KeyType

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_PROBE = b"does this key fit itself?"


def generate_key(key_type: KeyType) -> bytes:
    """Return a new private key, PKCS#8 in PEM, not encrypted."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    key: PrivateKey
    match key_type:
        case KeyType.EC_256:
            key = ec.generate_private_key(ec.SECP256R1())
        case KeyType.EC_384:
            key = ec.generate_private_key(ec.SECP384R1())
        case KeyType.EC_521:
            key = ec.generate_private_key(ec.SECP521R1())
        case KeyType.RSA_2048 | KeyType.RSA_3072 | KeyType.RSA_4096 | KeyType.RSA_8192:
            key = rsa.generate_private_key(public_exponent=65537, key_size=int(key_type.removeprefix("rsa-")))
    return key_pem(key)


def key_type_of(pem: bytes) -> KeyType:
    """Return the kind of the private key in a PEM.

    Raises:
        StateError: when it cannot be read, or is of a kind that is not made here.
    """
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = load_key(pem)
    family = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ec"
    try:
        return KeyType(f"{family}-{key.key_size}")
    except ValueError:
        raise StateError(f"a private key of a kind that is not supported: {family}-{key.key_size}") from None


def key_pem(key: PrivateKey) -> bytes:
    """Return a private key, PKCS#8 in PEM, not encrypted."""
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load_key(pem: bytes) -> PrivateKey:
    """Return the private key in a PEM, which was seen to fit its public one.

    The library would look for the primes of an RSA key, which takes up to a fifth of a second each time. Here
    it has to sign something instead, and the public key to accept that: what is damaged does not. A key that
    somebody else made is looked at more closely, once: see `account_keys`.

    Raises:
        StateError: when there is none, or it is encrypted, damaged, or of an unknown kind; shows nothing
            of it.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    with suppress(ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature):
        key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
        if isinstance(key, rsa.RSAPrivateKey):
            signed = key.sign(_PROBE, padding.PKCS1v15(), hashes.SHA256())
            key.public_key().verify(signed, _PROBE, padding.PKCS1v15(), hashes.SHA256())
            return key
        if isinstance(key, ec.EllipticCurvePrivateKey):
            # Loading one compares its two parts.
            return key
    raise StateError("this is no whole, unencrypted EC or RSA private key in PEM")


def same_key(one_pem: bytes, other_pem: bytes) -> bool:
    """Tell whether two PEMs hold the same private key, however each is written.

    Raises:
        StateError: when one of them cannot be read.
    """
    return load_key(one_pem).public_key() == load_key(other_pem).public_key()


def hash_for(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512:
    """Return the hash that fits a key's strength."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    match key.curve if isinstance(key, ec.EllipticCurvePrivateKey) else None:
        case ec.SECP384R1():
            return hashes.SHA384()
        case ec.SECP521R1():
            return hashes.SHA512()
    return hashes.SHA256()
