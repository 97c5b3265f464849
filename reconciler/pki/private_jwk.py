"""Private keys as JSON Web Keys (RFC 7517), the form in which certbot keeps an account's key."""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from reconciler.errors import AccountError
from reconciler.pki.account_key_kinds import WANTED, check_modulus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.pki.keys import PrivateKey

    Members = Mapping[str, object]

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_CRT = ("p", "q", "dp", "dq", "qi")  # Chinese remainder theorem: RFC 7518 section 6.3.2


def key_in_jwk(content: bytes) -> PrivateKey:
    """Return the private key in a JWK, in JSON (RFC 7518 sections 6.2.2 and 6.3.2).

    Raises:
        AccountError: it is none, or one of another kind than EC and RSA, or its public part does not fit its
            private one; shows nothing of it.
    """
    members = None
    # The parser's errors hold the whole text: none of them must be an error's context.
    with suppress(ValueError, RecursionError):
        members = json.loads(content)
    if members is None:
        raise AccountError("this begins as JSON does, and is damaged: copy the file again")
    kind = members.get("kty")
    if kind not in ("EC", "RSA"):
        raise AccountError(
            "this is JSON, but no JWK with an EC or RSA key (RFC 7518 section 6.1): certbot keeps an "
            "account's key in private_key.json, lego in keys/*.key"
        )
    if "d" not in members:
        raise AccountError("this JWK is a public key: the private key of the account is wanted")
    key = None
    with suppress(ValueError):
        key = _ec(members) if kind == "EC" else _rsa(members)
    if key is None:
        raise AccountError(
            "this JWK is damaged: a member is missing or malformed, or its public part does not fit its "
            "private part; copy the file again"
        )
    return key


def _ec(members: Members) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    curves: dict[str, ec.EllipticCurve] = {
        "P-256": ec.SECP256R1(),
        "P-384": ec.SECP384R1(),
        "P-521": ec.SECP521R1(),
    }
    curve = curves.get(str(members.get("crv")))
    if curve is None:
        raise AccountError(f"this JWK is on no curve, or on another one: {WANTED}")
    point = ec.EllipticCurvePublicNumbers(_number(members, "x"), _number(members, "y"), curve)
    return ec.EllipticCurvePrivateNumbers(_number(members, "d"), point).private_key()


def _rsa(members: Members) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric import rsa

    if "oth" in members:
        raise AccountError("this JWK is an RSA key of more than two primes, which is not supported")
    n, e, d = (_number(members, name) for name in ("n", "e", "d"))
    check_modulus(n.bit_length())
    # Of a key that does not fit the factors would be looked for in vain, and for long.
    if max(e, d) >= n or pow(pow(2, e, n), d, n) != 2:
        raise ValueError
    if any(name in members for name in _CRT):
        p, q, dp, dq, qi = (_number(members, name) for name in _CRT)
    else:
        p, q = rsa.rsa_recover_prime_factors(n, e, d)
        dp, dq, qi = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, rsa.RSAPublicNumbers(e, n)).private_key()


def _number(members: Members, name: str) -> int:
    """Return a member that is a number (RFC 7518 section 2, Base64urlUInt), or raise ValueError."""
    text = members.get(name)
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text):
        raise ValueError
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
