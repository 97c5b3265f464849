"""Which keys an account can have: what CAs take, and what can be told apart here."""

from __future__ import annotations

from reconciler.errors import AccountError

WANTED = "an account's key is EC P-256, P-384 or P-521, or RSA with 2048, 3072, 4096 or 8192 bits"

_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_MODULI = frozenset({2048, 3072, 4096, 8192})


def check_curve(name: str) -> None:
    """See to it that there is an algorithm in ACME for keys on a curve (RFC 7518 section 3.4).

    Raises:
        AccountError: there is none.
    """
    if name not in _CURVES:
        raise AccountError(f"this private key is on the curve {name}: {WANTED}")


def check_modulus(bits: int) -> None:
    """See to it that an RSA key is of a usual size, which is not too small for a CA.

    Raises:
        AccountError: it is not.
    """
    if bits not in _MODULI:
        raise AccountError(f"this private key is RSA with {bits} bits: {WANTED}")
