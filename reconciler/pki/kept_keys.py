"""Private keys that are kept, looked at quickly: there may be ten thousand."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from reconciler.errors import StateError

if TYPE_CHECKING:
    from reconciler.pki.requests import PublicKey

_PROBE = b"reconciler state check"


def proven_public_key(pem: bytes) -> PublicKey:
    """Return the public key of a private key that was seen to fit it.

    `load_key` looks for the primes of an RSA key, which takes up to a fifth of a second. Here it has to sign
    something instead, and the public key to accept that: what is damaged does not.

    Raises:
        StateError: there is no key, or it is encrypted, damaged, or of an unknown kind; shows nothing of it.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    with suppress(ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature):
        key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
        if isinstance(key, rsa.RSAPrivateKey):
            signed = key.sign(_PROBE, padding.PKCS1v15(), hashes.SHA256())
            public = key.public_key()
            public.verify(signed, _PROBE, padding.PKCS1v15(), hashes.SHA256())
            return public
        if isinstance(key, ec.EllipticCurvePrivateKey):
            # Loading one compares its two parts.
            return key.public_key()
    raise StateError("this is no whole, unencrypted EC or RSA private key in PEM")


def is_certificate_of(pem: bytes, key: PublicKey) -> bool:
    """Say whether the first certificate in a PEM is for a key; what is no certificate is for none."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    with suppress(ValueError, x509.InvalidVersion, UnsupportedAlgorithm):
        return x509.load_pem_x509_certificate(pem).public_key() == key
    return False
