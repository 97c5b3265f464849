"""`encryption.yaml`: whom the private keys in the state were encrypted for. Age files do not say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.encryption import KeyEncryption
from reconciler.store.private import remove_private
from reconciler.store.records import read_record, write_record

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.store.fields import Fields


def read_encryption(path: Path) -> KeyEncryption:
    """Return what is written down; nothing where there is no such file.

    Raises:
        StateError: it cannot be read.
    """
    try:
        return read_record(path, _decode)
    except FileNotFoundError:
        return KeyEncryption()


def write_encryption(path: Path, known: KeyEncryption) -> None:
    """Write down the recipients, and those of a change that has begun.

    Raises:
        StateError: it cannot be written.
    """
    record: dict[str, Any] = {"recipients": list(known.recipients)}
    if known.next_recipients is not None:
        record["next_recipients"] = list(known.next_recipients)
    write_record(path, record)


def remove_encryption(path: Path) -> None:
    """Forget it: nothing is encrypted any more."""
    if path.exists():
        remove_private(path, path.parent)


def _decode(fields: Fields) -> KeyEncryption:
    next_recipients = fields.texts("next_recipients") if fields.has("next_recipients") else None
    return KeyEncryption(fields.texts("recipients"), next_recipients)
