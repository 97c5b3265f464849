"""Files that nobody else may read, and moving what is over out of the way."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler import files
from reconciler.errors import StateError
from reconciler.file_errors import why
from reconciler.links import refuse_links

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOTHING: Mapping[str, bytes] = MappingProxyType({})
"""Written beside a file."""


def read_private(path: Path, top: Path) -> bytes:
    """Return the content of a file; below `top` nothing is read through links.

    Raises:
        StateError: it is not there, or cannot be read.
    """
    try:
        refuse_links(path, top)
        return files.read_file(path, follow_links=False)
    except OSError as error:
        raise StateError(f"{path}: cannot be read: {why(error)}") from error


def write_private(path: Path, content: bytes, top: Path, beside: Mapping[str, bytes] = NOTHING) -> None:
    """Write a file that nobody else can read, in a folder that nobody else can look into.

    Args:
        path: of the file.
        content: of the file.
        top: the folder below which nothing is written through links.
        beside: what is written into the same folder with it, by name; of all these any may be there after a
            crash.

    Raises:
        StateError: it cannot be written.
    """
    try:
        refuse_links(path, top)
        files.make_private_folder(path.parent)
        written = {path.name: content, **beside}
        files.write_files(
            path.parent,
            {name: (each, files.PRIVATE_FILE) for name, each in written.items()},
            first_before=False,
        )
    except OSError as error:
        raise StateError(f"{path}: cannot be written: {why(error)}") from error


def remove_private(path: Path, top: Path) -> None:
    """Remove a file; that there is none is no error. Below `top` nothing is removed through links.

    Raises:
        StateError: it is still there.
    """
    try:
        refuse_links(path.parent, top)
        files.remove_file(path)
    except OSError as error:
        raise StateError(f"{path}: cannot be removed: {why(error)}") from error


def move(source: Path, target: Path, top: Path, *, private: bool = False) -> None:
    """Move a file or a folder within the state; where there is no `source` it was moved before.

    Args:
        source: what to move.
        target: its new place; the folder of that need not exist.
        top: the folder below which nothing is moved through links.
        private: whether nobody else may look into that folder.

    Raises:
        StateError: it cannot be moved.
    """
    try:
        refuse_links(source.parent, top)
        refuse_links(target, top)
        (files.make_private_folder if private else files.make_folder)(target.parent)
        files.move(source, target)
    except OSError as error:
        raise StateError(f"{source}: cannot be moved to {target}: {why(error)}") from error
