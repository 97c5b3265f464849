"""What turns a private key into an encrypted file, and back: a port."""

from __future__ import annotations

from typing import Protocol


class Cipher(Protocol):
    """Encrypts for `recipients`, and decrypts what it can. Called by several threads."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Those whom new keys are encrypted for; none: new keys are written in clear."""

    def encrypt(self, content: bytes) -> bytes:
        """Return `content` such that the recipients, this program among them, can read it.

        Raises:
            EncryptionError: it cannot be done, or this program could not read it again.
        """

    def decrypt(self, content: bytes) -> bytes:
        """Return what was encrypted.

        Raises:
            EncryptionError: it cannot be read: for want of the right identity, or because it is damaged.
        """
