"""The cipher of the settings: age files (C2SP age.md). Nothing is loaded, or read, before it is used."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.errors import EncryptionError
from reconciler.model.encryption import recipient_label

if TYPE_CHECKING:
    from collections.abc import Callable

_NOT_FOR_US = "No matching keys found"
_LOCKED = "ssh key must be decrypted first"
_SECRET_KEY = "AGE-SECRET-KEY-1"  # noqa: S105 - how one begins
_ENCRYPTED = ("age-encryption.org/", "-----BEGIN AGE ENCRYPTED FILE-----")


class NotForUsError(EncryptionError):
    """The identity can be used, and is none of those that an age file is for."""


class DamagedError(EncryptionError):
    """What is to be decrypted is no age file, or not a whole one."""


class IdentityText(Struct, frozen=True):
    """What the user keeps as an identity.

    Attributes:
        text: an age identity file, or an OpenSSH private key.
        where: where it was found, in words.
    """

    text: str
    where: str

    def __repr__(self) -> str:
        """Hide it."""
        return f"IdentityText({self.where})"


class AgeCipher:
    """Encrypts for the recipients of the settings, and decrypts by the identity that is found."""

    def __init__(self, recipients: tuple[str, ...], find_identity: Callable[[], IdentityText]) -> None:
        """Read nothing yet.

        Args:
            recipients: in their one form; none: nothing is encrypted.
            find_identity: raises EncryptionError or SecretError where there is none.
        """
        self._recipients = recipients
        self._find_identity = find_identity
        self._reading = threading.Lock()
        self._known: tuple[list[Any], str] | None = None

    @property
    def recipients(self) -> tuple[str, ...]:
        """Those whom new keys are encrypted for."""
        return self._recipients

    def encrypt(self, content: bytes) -> bytes:
        """Return `content` as an age file that was decrypted once, so that no key is lost by a wrong setting.

        Raises:
            EncryptionError, SecretError: it cannot be encrypted, or could not be read again.
        """
        import pyrage

        targets = [_target(each) for each in self._recipients]
        try:
            encrypted = _guarded(pyrage.encrypt, content, targets)
        except _LibraryError as error:
            raise EncryptionError(f"it cannot be encrypted: {error}") from None
        try:
            again = self.decrypt(encrypted)
        except NotForUsError as error:
            labels = ", ".join(map(recipient_label, self._recipients))
            raise EncryptionError(
                f"{error}: what is encrypted for the recipients in the settings ({labels}) could not be read "
                "again; add the identity's own public key to `encryption.recipients`"
            ) from None
        if again != content:
            raise EncryptionError("what was encrypted is not what comes out when it is decrypted")
        return bytes(encrypted)

    def decrypt(self, content: bytes) -> bytes:
        """Return what an age file holds.

        Raises:
            EncryptionError, SecretError: there is no identity, or none of those it is for, or it is damaged.
        """
        import pyrage

        identities, where = self._identities()
        try:
            return bytes(_guarded(pyrage.decrypt, content, identities))
        except _LibraryError as error:
            if str(error).startswith(_NOT_FOR_US):
                raise NotForUsError(f"the identity in {where} is none of those it is for") from None
            raise DamagedError("it is no whole age file: damaged, or cut off") from None

    def _identities(self) -> tuple[list[Any], str]:
        with self._reading:
            if self._known is None:
                found = self._find_identity()
                self._known = read_identities(found), found.where
        return self._known


def read_identities(found: IdentityText) -> list[Any]:
    """Return the keys in an age identity file (one a line, with comments), or an OpenSSH private key.

    Raises:
        EncryptionError: there is none that can be used; says why, and shows nothing of it.
    """
    import pyrage

    text = found.text.strip()
    if text.startswith(_ENCRYPTED):
        raise EncryptionError(
            f"the identity in {found.where} is encrypted itself, and nobody is here to type a passphrase: "
            "decrypt it where only this program can read it (`age -d -o FILE IDENTITY`), and name that"
        )
    if "-----BEGIN" in text:
        return [_ssh_identity(found)]
    lines = [line.strip() for line in text.splitlines()]
    identities = []
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        try:
            identities.append(_guarded(pyrage.x25519.Identity.from_str, line))
        except _LibraryError:
            is_secret_key = line.upper().startswith(_SECRET_KEY)
            why = "is not whole" if is_secret_key else f"is no `{_SECRET_KEY}...`, nor a comment"
            raise EncryptionError(
                f"line {number} of the identity in {found.where} {why}: an identity file of `age-keygen`, or "
                "an OpenSSH private key, is wanted"
            ) from None
    if not identities:
        raise EncryptionError(f"there is no key in the identity in {found.where}")
    return identities


def _ssh_identity(found: IdentityText) -> Any:  # noqa: ANN401 - the library has no types
    import pyrage

    try:
        return _guarded(pyrage.ssh.Identity.from_buffer, f"{found.text.strip()}\n".encode())
    except _LibraryError as error:
        if _LOCKED in str(error) or "ENCRYPTED" in found.text:
            raise EncryptionError(
                f"the OpenSSH private key in {found.where} has a passphrase, and nobody is here to type it: "
                "give a copy without one (`ssh-keygen -p -N '' -f COPY`), or an age identity (`age-keygen`)"
            ) from None
        raise EncryptionError(
            f"the key in {found.where} cannot be used: an OpenSSH private key of the type ed25519 or rsa is "
            "wanted"
        ) from None


def _target(recipient: str) -> Any:  # noqa: ANN401
    import pyrage

    kind = pyrage.x25519.Recipient if recipient.startswith("age1") else pyrage.ssh.Recipient
    try:
        return _guarded(kind.from_str, recipient)
    except _LibraryError:
        raise EncryptionError(
            f"nothing can be encrypted for {recipient_label(recipient)}: the key is not one that age takes"
        ) from None


class _LibraryError(Exception):
    """What the library has said; of an identity it is never shown."""


def _guarded(call: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
    """Call the library. On some damaged input it panics, and that is no Exception."""
    try:
        return call(*arguments)
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - pyo3's PanicException
        raise _LibraryError(str(error)) from None
