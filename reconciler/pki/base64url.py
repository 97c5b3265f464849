"""Base64 as JOSE has it (RFC 7515 section 2)."""

from __future__ import annotations

import base64


def base64url(content: bytes) -> str:
    """Return bytes as text: base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
