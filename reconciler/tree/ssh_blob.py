"""The binary form of SSH public keys (RFC 4253 section 6.6): of what kind, and whether strong enough."""

from __future__ import annotations

import base64
import hashlib

_ED25519 = "ssh-ed25519"
_RSA = "ssh-rsa"
_CURVES = {f"ecdsa-sha2-nistp{size}": f"nistp{size}" for size in (256, 384, 521)}
_SECURITY_KEYS = {
    "sk-ssh-ed25519@openssh.com": _ED25519,
    "sk-ecdsa-sha2-nistp256@openssh.com": "ecdsa-sha2-nistp256",
}
_SIZES = {_ED25519: 32, "nistp256": 65, "nistp384": 97, "nistp521": 133}  # of the public key, in bytes
_LEAST_RSA_BITS = 2048

KEY_TYPES = (_ED25519, *_CURVES, _RSA, *_SECURITY_KEYS)
"""The types of keys that may sign commits."""


class UnusableKeyError(Exception):
    """A key proves nothing, or too much; the message says why, `hint` what to do. Neither repeats the key."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def fingerprint_of(blob: bytes) -> str:
    """Return the fingerprint of a public key as ssh-keygen and Git show it: `SHA256:...`."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def check_blob(key_type: str, blob: bytes) -> None:
    """See to it that `blob` is a key of the type `key_type`, whole and strong.

    Raises:
        UnusableKeyError: when it is not.
    """
    try:
        inner, rest = _take_string(blob)
        named = inner.decode("ascii", "backslashreplace")
        if named != key_type:
            raise UnusableKeyError(
                f"the line says `{key_type}`, but the key in it is one of the type `{named[:60]}`",
                "copy the whole line of the .pub file",
            )
        _check_parts(key_type, rest)
    except ValueError:
        raise UnusableKeyError(
            f"the key is no whole `{key_type}` key", "copy the whole line of the .pub file"
        ) from None


def _check_parts(key_type: str, rest: bytes) -> None:
    """Go through what follows the type; ValueError if it is not what the type wants."""
    if key_type == _RSA:
        _, rest = _take_string(rest)
        modulus, rest = _take_string(rest)
        _check_rsa(modulus)
    else:
        algorithm = _SECURITY_KEYS.get(key_type, key_type)
        if algorithm in _CURVES:
            curve, rest = _take_string(rest)
            if curve != _CURVES[algorithm].encode():
                raise ValueError
        point, rest = _take_string(rest)
        if len(point) != _SIZES[_CURVES.get(algorithm, algorithm)]:
            raise ValueError
        if key_type in _SECURITY_KEYS:
            _, rest = _take_string(rest)  # the application: "ssh:"
    if rest:
        raise ValueError


def rsa_bits(blob: bytes) -> int:
    """Return the length of the modulus of a whole RSA key."""
    _, rest = _take_string(blob)
    _, rest = _take_string(rest)
    return int.from_bytes(_take_string(rest)[0], "big").bit_length()


def _check_rsa(modulus: bytes) -> None:
    bits = int.from_bytes(modulus, "big").bit_length()
    if bits < _LEAST_RSA_BITS:
        raise UnusableKeyError(
            f"an RSA key of {bits} bits can be broken; {_LEAST_RSA_BITS} are the least",
            "make another: ssh-keygen -t ed25519",
        )


def _take_string(data: bytes) -> tuple[bytes, bytes]:
    """Return the first string (RFC 4251 section 5), and what follows it."""
    end = 4 + int.from_bytes(data[:4], "big")
    if len(data) < end:
        raise ValueError
    return data[4:end], data[end:]
