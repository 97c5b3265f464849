"""Account keys that other ACME clients made, read whatever form they keep them in."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.errors import AccountError
from reconciler.pki.account_key_kinds import WANTED, check_curve, check_modulus
from reconciler.pki.keys import key_pem
from reconciler.pki.private_jwk import key_in_jwk

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from reconciler.pki.keys import PrivateKey

LARGEST_ACCOUNT_KEY = 64 * 1024
"""Bytes of a file that can hold one; no real one has as many."""

_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]{0,60})-----")
# PKCS #8 (RFC 5958), SEC 1 (RFC 5915), PKCS #1 (RFC 8017 appendix A.1.2).
_PRIVATE_KEYS = frozenset({b"PRIVATE KEY", b"EC PRIVATE KEY", b"RSA PRIVATE KEY"})
_PARAMETERS = b"EC PARAMETERS"  # `openssl ecparam -genkey` writes them before the key, which has them itself
_OLD_ENCRYPTION = b"Proc-Type: 4,ENCRYPTED"  # RFC 1421 section 4.6.1.1
_ENCRYPTED = "an encrypted private key: decrypt it (`openssl pkey -in FILE -out NEW`)"
_PUBLIC = "a public key: the private key of the account is wanted"
_UNKNOWN = f"PEM of a kind that is unknown here: {WANTED}"
_OTHERS = MappingProxyType(
    {
        b"ENCRYPTED PRIVATE KEY": _ENCRYPTED,
        b"OPENSSH PRIVATE KEY": "a private key for SSH: the private key of the account is wanted",
        b"PUBLIC KEY": _PUBLIC,
        b"RSA PUBLIC KEY": _PUBLIC,
        b"CERTIFICATE": "a certificate: the private key of the account is wanted",
        b"CERTIFICATE REQUEST": "a certificate signing request: the private key of the account is wanted",
    }
)


def read_account_key(content: bytes) -> bytes:
    """Return the private key in a file of another ACME client: PKCS #8 in PEM, not encrypted.

    Args:
        content: PEM in PKCS #8, SEC 1 or PKCS #1, or a private JWK in JSON (RFC 7517).

    Raises:
        AccountError: it is something else, or a key that no CA takes, or damaged; says what was found and
            what to do, and shows nothing of it.
    """
    if len(content) > LARGEST_ACCOUNT_KEY:
        raise AccountError(f"this is larger than {LARGEST_ACCOUNT_KEY // 1024} KiB: no account's key is")
    text = content.removeprefix(codecs.BOM_UTF8).strip()
    if not text:
        raise AccountError("this is empty: copy the account's key again")
    return key_pem(key_in_jwk(text) if text.startswith(b"{") else _key_in_pem(text))


def _key_in_pem(text: bytes) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    _check_blocks(text)
    key = _loaded(text)
    if key is None:
        raise AccountError(
            f"this private key is damaged, or of an unknown kind: copy the file again ({WANTED})"
        )
    match key:
        case ec.EllipticCurvePrivateKey():
            check_curve(key.curve.name)
        case rsa.RSAPrivateKey():
            check_modulus(key.key_size)
        case _:
            raise AccountError(f"this private key is neither EC nor RSA: {WANTED}")
    return key


def _check_blocks(text: bytes) -> None:
    labels = [each[1] for each in _BEGIN.finditer(text) if each[1] != _PARAMETERS]
    if not labels:
        raise AccountError(
            "this is neither PEM nor a JWK: an account's key begins with -----BEGIN PRIVATE KEY----- or { "
            "(`openssl pkey -inform DER -in FILE` turns DER into PEM)"
        )
    if len(labels) > 1:
        raise AccountError(
            f"there are {len(labels)} blocks of PEM in it: leave the account's private key only"
        )
    if labels[0] not in _PRIVATE_KEYS:
        raise AccountError(f"this is {_OTHERS.get(labels[0], _UNKNOWN)}")
    if _OLD_ENCRYPTION in text:
        raise AccountError(f"this is {_ENCRYPTED}")


def _loaded(text: bytes) -> PrivateKeyTypes | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    # It also sees to it that the public part fits the private one.
    with suppress(ValueError, TypeError, UnsupportedAlgorithm):
        return serialization.load_pem_private_key(text, None)
    return None
