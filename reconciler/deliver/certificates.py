"""Writing certificates where servers read them, and seeing whether they are still what was issued."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from reconciler import files
from reconciler.errors import DeliveryError
from reconciler.model.certificate import CERTIFICATE_FILES
from reconciler.model.observed import FileChanges

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PRIVATE = "privkey.pem"


def deliver(folder: Path, contents: Mapping[str, bytes], superseded: Mapping[str, str] | None = None) -> None:
    """Write the files of one certificate into `folder`, the key before the certificates that need it.

    Args:
        folder: made where it is not there.
        contents: by name; those out of `CERTIFICATE_FILES` that the certificate has.
        superseded: files that were written here before and that the certificate does not have, and the
            SHA-256 (hex) of each. They are removed once the others are in their places: a private key must
            not lie beside a certificate that it does not fit. What is no longer what was written is somebody
            else's, and is left alone.

    Raises:
        DeliveryError: a file could not be written or removed; those whose turn had not come are as they were.
    """
    names = [name for name in CERTIFICATE_FILES if name in contents]
    try:
        files.make_private_folder(folder)
        files.write_files(folder, {name: (contents[name], _mode(name)) for name in names})
        for name in _still_there(folder, superseded or {}):
            files.remove_file(folder / name)
    except OSError as error:
        raise DeliveryError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error


def _mode(name: str) -> int:
    return files.PRIVATE_FILE if name == _PRIVATE else files.PUBLIC_FILE


def digests(contents: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 (hex) of each file, as records have it."""
    return {
        name: hashlib.sha256(contents[name]).hexdigest() for name in CERTIFICATE_FILES if name in contents
    }


def file_changes(
    folder: Path, expected: Mapping[str, str], superseded: Mapping[str, str] | None = None
) -> FileChanges:
    """Return how the files in `folder` differ from the digests that are expected.

    A key that others may read counts as altered: delivering it again mends it.

    Args:
        folder: need not exist.
        expected: the SHA-256 (hex) of each file, by name.
        superseded: likewise of files that should be there no more, see `deliver`.

    Raises:
        DeliveryError: a file may not be read, so that nobody can say whether it is right.
    """
    missing: list[str] = []
    altered: list[str] = []
    for name, digest in expected.items():
        path = folder / name
        try:
            content = files.read_file(path)
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
    left = _still_there(folder, superseded) if superseded else ()
    return FileChanges(tuple(missing), tuple(altered), tuple(left))


def _still_there(folder: Path, superseded: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of those that are what was once written."""
    for name in CERTIFICATE_FILES:
        path = folder / name
        with suppress(OSError):
            if name in superseded and not path.is_symlink():
                digest = hashlib.sha256(files.read_file(path)).hexdigest()
                if digest == superseded[name]:
                    yield name
