"""Who can read the private keys in the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reconciler.model.account import SecretReference


class Encryption(Struct, frozen=True):
    """`encryption` in `reconciler.yaml`: private keys in the state are age files.

    Attributes:
        recipients: those who can read them: `age1...`, `ssh-ed25519 ...` or `ssh-rsa ...`; at least one. Each
            in the one form that it has: without a comment, `age1...` in lower case.
        identity: where this program finds the secret key of one of them, to read what it has written.
    """

    recipients: tuple[str, ...]
    identity: SecretReference | None = None


class KeyEncryption(Struct, frozen=True):
    """How the private keys in the state are kept.

    Attributes:
        recipients: those that they were encrypted for; none: they are in clear.
        next_recipients: those that an earlier run began to encrypt them for, without coming to the end.
        clear: how many keys are in clear.
        encrypted: how many are age files.
    """

    recipients: tuple[str, ...] = ()
    next_recipients: tuple[str, ...] | None = None
    clear: int = 0
    encrypted: int = 0


def recipient_label(recipient: str) -> str:
    """Return a recipient as people compare it: `age1...` whole, of an SSH key what `ssh-keygen -l` shows."""
    kind, _, key = recipient.partition(" ")
    if not key:
        return kind
    import base64  # what they need is slow to import, and few states are encrypted
    import hashlib

    try:
        blob = base64.b64decode(key, validate=True)
    except ValueError:
        return recipient
    fingerprint = base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")
    return f"{kind} SHA256:{fingerprint}"
