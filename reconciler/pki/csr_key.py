"""The key of a certificate signing request, and its signature: what a CA will take."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from reconciler.errors import InvalidRequestError
from reconciler.model.account import KeyType

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

# The only keys of TLS certificates: CA/Browser Forum Baseline Requirements, sections 6.1.5 and 7.1.3.1.
_CURVES = {"secp256r1": KeyType.EC_256, "secp384r1": KeyType.EC_384, "secp521r1": KeyType.EC_521}
_MODULI = {2048: KeyType.RSA_2048, 3072: KeyType.RSA_3072, 4096: KeyType.RSA_4096}
_WANTED = "use EC P-256, P-384 or P-521, or RSA with 2048, 3072 or 4096 bits"

# Baseline Requirements, section 6.1.6: an odd exponent between 2^16 + 1 and 2^256 - 1, and a modulus without
# factors below 752. There they are a CA's SHOULD, but for "odd", and CAs keep to them.
_SMALLEST_EXPONENT, _EXPONENT_BITS = 2**16 + 1, 256
_SMALL_FACTORS = math.prod(
    number for number in range(2, 752) if all(number % each for each in range(2, math.isqrt(number) + 1))
)

_HASHES = frozenset({"sha256", "sha384", "sha512"})


def key_type_in(csr: x509.CertificateSigningRequest) -> KeyType:
    """Return the kind of the key that a request is for.

    Raises:
        InvalidRequestError: no CA would certify it; says why.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        key = csr.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidRequestError(
            f"its public key cannot be read, or is of no known kind: {_WANTED}"
        ) from None
    match key:
        case ec.EllipticCurvePublicKey():
            key_type = _of_curve(key)
        case rsa.RSAPublicKey():
            key_type = _of_modulus(key)
        case _:
            raise InvalidRequestError(f"its public key is neither EC nor RSA: {_WANTED}")
    usual = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if usual not in csr.tbs_certrequest_bytes:
        # A compressed point, a curve spelled out, RSA for PSS only: Baseline Requirements, section 7.1.3.1.
        raise InvalidRequestError(
            "its public key is written in a form that CAs refuse: make it with other tools"
        )
    return key_type


def check_signature(csr: x509.CertificateSigningRequest) -> None:
    """See to it that a request is signed by the key that it is for (RFC 2986 section 3), and not weakly.

    Raises:
        InvalidRequestError: it is not.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        algorithm = csr.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        algorithm = None
    if algorithm is None or algorithm.name not in _HASHES:
        raise InvalidRequestError(
            "it is signed with a hash that is weak or that no CA takes (MD5, SHA-1): sign it with SHA-256"
        )
    try:
        # Of a signature that claims not to fill its last byte each reader makes something else.
        fills = csr.public_bytes(serialization.Encoding.DER).endswith(b"\x00" + csr.signature)
        valid = fills and csr.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm):
        valid = False
    if not valid:
        raise InvalidRequestError(
            "its signature is wrong: it was changed after it was signed, or signed by another key than its "
            "own; make it anew with the private key that the certificate is for"
        )


def _of_curve(key: ec.EllipticCurvePublicKey) -> KeyType:
    if key.curve.name not in _CURVES:
        raise InvalidRequestError(f"its public key is on the curve {key.curve.name}: {_WANTED}")
    return _CURVES[key.curve.name]


def _of_modulus(key: rsa.RSAPublicKey) -> KeyType:
    numbers = key.public_numbers()
    if key.key_size not in _MODULI:
        raise InvalidRequestError(f"its public key is RSA with {key.key_size} bits: {_WANTED}")
    if numbers.e % 2 == 0 or numbers.e < _SMALLEST_EXPONENT or numbers.e.bit_length() > _EXPONENT_BITS:
        raise InvalidRequestError(
            "the public exponent of its RSA key is not an odd number from 65537 on: make a key with 65537"
        )
    if math.gcd(numbers.n, _SMALL_FACTORS) != 1:
        raise InvalidRequestError("the modulus of its RSA key has small factors: make another key")
    return _MODULI[key.key_size]
