"""The files of private keys, in clear or encrypted.

A key `privkey.pem` lies there in clear, or as `privkey.pem.age`; where a run was killed between the writing
of the one and the removing of the other, both. Then the one that the settings want is the newer, and counts.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from reconciler.errors import EncryptionError, RecordError, SecretError, StateError
from reconciler.model.encryption import KeyEncryption, recipient_label
from reconciler.model.flaw import FlawedRecord, RecordKind
from reconciler.store.encryption import read_encryption, remove_encryption, write_encryption
from reconciler.store.key_paths import count_keys, encrypted_path, key_exists, key_paths
from reconciler.store.private import NOTHING, move, read_private, remove_private, write_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.store.cipher import Cipher


class Unencrypted:
    """The cipher where nothing is encrypted, and no identity is known."""

    recipients: tuple[str, ...] = ()

    def encrypt(self, content: bytes) -> bytes:
        """Return what is given."""
        return content

    def decrypt(self, content: bytes) -> bytes:  # noqa: ARG002 - the port's signature
        """Refuse.

        Raises:
            EncryptionError: always.
        """
        raise EncryptionError("it is encrypted, and there is no identity to decrypt it with")


class KeyFiles:
    """Reads and writes private keys by the name that they have in clear."""

    def __init__(self, root: Path, cipher: Cipher, top: Path | None = None) -> None:
        """Use the state directory `root`, which need not exist yet; below `top` no link is followed."""
        self.root = root
        self._top = top or root
        self._cipher = cipher
        self._record = root / "encryption.yaml"
        self._is_noted = False
        self._noting = threading.Lock()

    @property
    def are_encrypted(self) -> bool:
        """Whether keys are to be encrypted."""
        return bool(self._cipher.recipients)

    def read(self, path: Path) -> bytes:
        """Return a key (PEM).

        Raises:
            StateError: it is not there, or cannot be read.
            EncryptionError, SecretError: it cannot be decrypted.
        """
        encrypted = encrypted_path(path)
        forms = (encrypted, path) if self._cipher.recipients else (path, encrypted)
        # Another run may be changing the one into the other just now: the first is looked for again.
        there = next((form for form in (*forms, forms[0]) if form.exists()), path)
        content = read_private(there, self._top)
        return self._decrypted(encrypted, content) if there == encrypted else content

    def write(self, path: Path, content: bytes, beside: Mapping[str, bytes] = NOTHING) -> None:
        """Write a key, as the settings say; one that is there is only replaced if it could be read.

        What is `beside` it is written with it, in clear, by name.

        Raises:
            StateError: it cannot be written.
            EncryptionError, SecretError: it cannot be encrypted, or what is there not be decrypted.
        """
        if key_exists(path):
            self.read(path)
        self._note_recipients()
        self._write(path, content, beside)

    def remove(self, path: Path) -> None:
        """Remove a key in both forms; that there is none is no error."""
        for form in (path, encrypted_path(path)):
            remove_private(form, self._top)

    def move(self, path: Path, target: Path) -> None:
        """Move a key in both forms; where there is none, it was moved before."""
        move(path, target, self._top, private=True)
        move(encrypted_path(path), encrypted_path(target), self._top, private=True)

    def look(self, flawed: list[FlawedRecord] | None = None) -> KeyEncryption:
        """Return how the keys are kept.

        All are counted where something is to be done about them, otherwise those that are not archived.

        Args:
            flawed: takes it if the record of that cannot be read: then nothing is known; None where it must
                be.

        Raises:
            StateError: it cannot be found out.
        """
        try:
            known, wanted = read_encryption(self._record), set(self._cipher.recipients)
        except RecordError as error:
            if flawed is None:
                raise
            flawed.append(FlawedRecord.of(RecordKind.ENCRYPTION, self._record.stem, error))
            return KeyEncryption()
        if not wanted and known == KeyEncryption():
            return known
        changes = known.next_recipients is not None or set(known.recipients) != wanted
        clear, encrypted = count_keys(self.root, archived=changes)
        return KeyEncryption(known.recipients, known.next_recipients, clear, encrypted)

    def begin(self) -> None:
        """Write down for whom all keys are to be encrypted from now on, before the first is."""
        known = read_encryption(self._record)
        write_encryption(self._record, KeyEncryption(known.recipients, self._cipher.recipients))

    def reencrypt(self, path: Path) -> None:
        """Write a key anew as the settings say; what was there goes once that is there, and was read back.

        Raises:
            StateError: it cannot be read or written, or two different keys are there.
            EncryptionError, SecretError: it cannot be decrypted, or not encrypted.
        """
        content = self.read(path)
        if path.exists() and encrypted_path(path).exists() and read_private(path, self._top) != content:
            raise StateError(
                f"{path} and {encrypted_path(path).name} beside it are two different keys: move away the one "
                "that is not used"
            )
        self._write(path, content)

    def end(self) -> None:
        """Write down that all keys are as the settings say."""
        if self._cipher.recipients:
            write_encryption(self._record, KeyEncryption(self._cipher.recipients))
        else:
            remove_encryption(self._record)

    def _write(self, path: Path, content: bytes, beside: Mapping[str, bytes] = NOTHING) -> None:
        encrypted = encrypted_path(path)
        if not self._cipher.recipients:
            write_private(path, content, self._top, beside)
            written, other = read_private(path, self._top), encrypted
        else:
            try:
                data = self._cipher.encrypt(content)
            except (EncryptionError, SecretError) as error:
                raise EncryptionError(f"{encrypted} cannot be written: {error}") from None
            write_private(encrypted, data, self._top, beside)
            written, other = self._decrypted(encrypted, read_private(encrypted, self._top)), path
        if written != content:
            raise StateError(f"{path}: what was written is not what is there now")
        if other.exists():
            remove_private(other, self._top)

    def _decrypted(self, path: Path, content: bytes) -> bytes:
        try:
            return self._cipher.decrypt(content)
        except (EncryptionError, SecretError) as error:
            # Of an identity that is not there was said where it is looked for.
            whom = self._for_whom(says_where=isinstance(error, EncryptionError))
            raise EncryptionError(f"{path} cannot be decrypted: {error}{whom}") from None

    def _for_whom(self, *, says_where: bool) -> str:
        """Say whom the keys were encrypted for, as far as that is known."""
        try:
            known = read_encryption(self._record)
        except StateError:
            return ""
        labels = dict.fromkeys(map(recipient_label, (*known.recipients, *(known.next_recipients or ()))))
        if not labels:
            return ""
        where = (
            ": give the identity of one of them in RECONCILER_AGE_IDENTITY_FILE, or where "
            "`encryption.identity` says"
        )
        return f"; the keys in {self.root} are encrypted for {', '.join(labels)}{where if says_where else ''}"

    def _note_recipients(self) -> None:
        """Where this is the first key of all, write down whom keys are encrypted for."""
        # Several accounts are registered side by side, and each begins with a key.
        with self._noting:
            if self._is_noted:
                return
            known = read_encryption(self._record)
            if set(known.recipients) != set(self._cipher.recipients) and not any(key_paths(self.root)):
                self.end()
            self._is_noted = True
