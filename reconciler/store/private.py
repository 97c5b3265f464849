"""Files that nobody else may read, and moving what is over out of the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import files
from reconciler.errors import StateError

if TYPE_CHECKING:
    from pathlib import Path


def read_private(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        StateError: it is not there, or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise StateError(f"{path}: cannot be read: {error.strerror}") from error


def write_private(path: Path, content: bytes) -> None:
    """Write a file that nobody else can read, in a folder that nobody else can look into.

    Raises:
        StateError: it cannot be written.
    """
    try:
        files.make_private_folder(path.parent)
        files.write_file(path, content, files.PRIVATE_FILE)
    except OSError as error:
        raise StateError(f"{path}: cannot be written: {error.strerror}") from error


def remove_private(path: Path) -> None:
    """Remove a file; that there is none is no error.

    Raises:
        StateError: it is still there.
    """
    try:
        files.remove_file(path)
    except OSError as error:
        raise StateError(f"{path}: cannot be removed: {error.strerror}") from error


def move(source: Path, target: Path, *, private: bool = False) -> None:
    """Move a file or a folder within the state; where there is no `source` it was moved before.

    Args:
        source: what to move.
        target: its new place; the folder of that need not exist.
        private: whether nobody else may look into that folder.

    Raises:
        StateError: it cannot be moved.
    """
    try:
        (files.make_private_folder if private else files.make_folder)(target.parent)
        files.move(source, target)
    except OSError as error:
        raise StateError(f"{source}: cannot be moved to {target}: {error.strerror}") from error
