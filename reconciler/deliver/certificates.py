"""Writing certificates where servers read them, and seeing whether they are still what was issued."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from reconciler import files
from reconciler.errors import DeliveryError
from reconciler.model.certificate import CERTIFICATE_FILES
from reconciler.model.observed import FileChanges

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PRIVATE = "privkey.pem"


def deliver(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write the files of one certificate into `folder`, the key before the certificates that need it.

    Raises:
        DeliveryError: a file could not be written; those not yet written are as they were.
    """
    try:
        files.make_private_folder(folder)
        files.write_files(folder, {name: (contents[name], _mode(name)) for name in CERTIFICATE_FILES})
    except OSError as error:
        raise DeliveryError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error


def _mode(name: str) -> int:
    return files.PRIVATE_FILE if name == _PRIVATE else files.PUBLIC_FILE


def digests(contents: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 (hex) of each file, as records have it."""
    return {name: hashlib.sha256(contents[name]).hexdigest() for name in CERTIFICATE_FILES}


def file_changes(folder: Path, expected: Mapping[str, str]) -> FileChanges:
    """Return how the files in `folder` differ from the digests that are expected.

    A key that others may read counts as altered: delivering it again mends it.

    Raises:
        DeliveryError: a file may not be read, so that nobody can say whether it is right.
    """
    missing: list[str] = []
    altered: list[str] = []
    for name, digest in expected.items():
        path = folder / name
        try:
            content = path.read_bytes()
            exposed = name == _PRIVATE and bool(path.stat().st_mode & 0o077)
        except FileNotFoundError:
            missing.append(name)
        except PermissionError as error:
            raise DeliveryError(
                f"{path}: cannot be read: {error.strerror}; run this as the user who runs apply"
            ) from error
        except OSError:
            altered.append(name)
        else:
            if exposed or hashlib.sha256(content).hexdigest() != digest:
                altered.append(name)
    return FileChanges(tuple(missing), tuple(altered))
