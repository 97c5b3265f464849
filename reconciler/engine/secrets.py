"""Secrets that the tree refers to, read when they are needed and kept nowhere."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from reconciler.errors import SecretError
from reconciler.model.account import SecretReference
from reconciler.model.private_keys import IDENTITY_VARIABLE, find_private_key
from reconciler.store.age import IdentityText

_LARGEST = 1 << 20
_AGE_FILE = b"age-encryption.org/"

IDENTITY_FILE = f"{IDENTITY_VARIABLE}_FILE"
"""The environment variable that names its file."""


def read_secret(reference: SecretReference, root: Path) -> str:
    """Return the secret; a relative file is looked for below `root`, the tree's.

    Raises:
        SecretError: it is not there; says where it was looked for.
    """
    if reference.env is not None:
        value = os.environ.get(reference.env, "")
        if not value:
            raise SecretError(f"the environment variable {reference.env} is not set")
        return value.strip()
    path = root / (reference.file or "")
    try:
        with path.open("rb") as file:
            # It may be a pipe, and a device may never end.
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise SecretError(f"the secret file {path} is larger than {_LARGEST >> 20} MiB")
        # An identity that is encrypted itself is told apart from what is no text where it is used.
        errors = "replace" if content.startswith(_AGE_FILE) else "strict"
        # Some editors put a mark before UTF-8, which is no part of any secret.
        return content.decode("utf-8-sig", errors).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise SecretError(f"the secret file {path} cannot be read: {reason}") from None


def find_identity(reference: SecretReference | None, root: Path) -> IdentityText:
    """Return the key that private keys in the state are decrypted with.

    What the environment says goes before what the tree says: where this runs, another key may be at hand.

    Args:
        reference: what the tree says.
        root: of the tree.

    Raises:
        SecretError: nothing says where it is, or it is not there.
    """
    if os.environ.get(IDENTITY_VARIABLE):
        reference = SecretReference(env=IDENTITY_VARIABLE)
    elif os.environ.get(IDENTITY_FILE):
        reference = SecretReference(file=_identity_path(os.environ[IDENTITY_FILE]))
    if reference is None:
        raise SecretError(
            f"there is no identity: set {IDENTITY_FILE} (or {IDENTITY_VARIABLE}) in the environment, or "
            "`encryption.identity` in reconciler.yaml"
        )
    return IdentityText(read_secret(reference, root), f"the {reference}")


def _identity_path(text: str) -> str:
    """Return the path of the file; where the key itself was put there, it must not be shown as one."""
    if "\n" in text.strip() or find_private_key(text) is not None:
        raise SecretError(
            f"{IDENTITY_FILE} holds no path but a key; {IDENTITY_VARIABLE} is for the key itself"
        )
    return str(Path(text).absolute())


def decode_mac_key(text: str, reference: SecretReference) -> bytes:
    """Return the key of an external account binding (RFC 8555 section 7.3.4): base64url, padding optional.

    Raises:
        SecretError: it is not base64url; does not say what it is.
    """
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        key = base64.b64decode(padded, altchars=b"-_", validate=True)
    except ValueError:
        key = b""
    if not key:
        raise SecretError(
            f"the external account binding key in the {reference} is not base64url, as CAs hand it out"
        )
    return key
