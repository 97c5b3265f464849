"""Public keys to test with, and the fingerprints that ssh-keygen shows of them."""

from __future__ import annotations

import base64

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKE8BNyHB57msrY+rsjGakOUUGoavau1Hk6SLXShq83g"
ED25519_FINGERPRINT = "SHA256:Ny86jD3yGdQRp5qzta3FIjdk0mN0l8yAHTnpJBjZTp0"
ECDSA = (
    "ecdsa-sha2-nistp384 "
    "AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBCL36I8zjpfgDGQTLqPfmTa/v0s2Jg2xedLxz6Oe"
    "9EmZn3QV9cOTK861wFYjHDSyfz7xfvpuU+KqnKzPWmR+XZLqJSvwUZwpYLWoHJQ4Ojv0rfrMIR+mCT5see0Ugwem3w=="
)
ECDSA_FINGERPRINT = "SHA256:tE15xs3SFsZ8Rb/UsJqX64xFoFfVVm36FVow3xQzlxg"
GPG = "3AA5C34371BE0D23B4B28C386E1C7DF07F3E9F55"
OTHER_GPG = "0123456789ABCDEF0123456789ABCDEF01234567"


def key(key_type: str, *parts: bytes, inner: str | None = None) -> str:
    """Return a line with a public key of these parts."""
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in ((inner or key_type).encode(), *parts))
    return f"{key_type} {base64.b64encode(blob).decode()}"


def rsa(bits: int) -> str:
    """Return a line with an RSA key."""
    modulus = ((1 << (bits - 1)) + 1).to_bytes(bits // 8 + 1, "big")
    return key("ssh-rsa", b"\x01\x00\x01", modulus)


OTHER = key("ssh-ed25519", bytes(32))
