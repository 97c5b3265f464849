"""Who can read the private keys in the state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.account import SecretReference


@dataclass(frozen=True, slots=True)
class Encryption:
    """`encryption` in `reconciler.yaml`: private keys in the state are age files.

    Attributes:
        recipients: those who can read them: `age1...`, `ssh-ed25519 ...` or `ssh-rsa ...`; at least one.
        identity: where this program finds the secret key of one of them, to read what it has written.
    """

    recipients: tuple[str, ...]
    identity: SecretReference | None = None
