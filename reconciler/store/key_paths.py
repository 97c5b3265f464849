"""Where the private keys of a state lie, in clear or encrypted: by their paths in clear."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from reconciler.errors import StateError
from reconciler.model.order import OrderFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SUFFIX = ".age"
_ACCOUNT_KEY = re.compile(r"(?:key|refused)-[0-9]+(?:-[0-9]+)?\.pem(?:\.age)?")


def encrypted_path(path: Path) -> Path:
    """Return the path that a key has when it is encrypted."""
    return path.with_name(path.name + _SUFFIX)


def key_exists(path: Path) -> bool:
    """Say whether a key is there, in either form."""
    return path.exists() or encrypted_path(path).exists()


def key_paths(root: Path, *, archived: bool = True) -> Iterator[Path]:
    """Yield the paths that all keys of a state have in clear, in whichever form they are there.

    Args:
        root: the state directory.
        archived: whether to yield those of the archive too.

    Raises:
        StateError: a folder cannot be read.
    """
    for folder in (root, root / "archive") if archived else (root,):
        yield from _account_keys(folder / "accounts")
        yield from _order_keys(folder / "orders")


def _account_keys(folder: Path) -> Iterator[Path]:
    for path, folders, names in os.walk(folder, onerror=_unless_absent):
        folders.sort()
        for name in sorted({each.removesuffix(_SUFFIX) for each in names if _ACCOUNT_KEY.fullmatch(each)}):
            yield folder.joinpath(path, name)


def _order_keys(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            order_ids = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError as error:
        _unless_absent(error)
        return
    for order_id in order_ids:
        path = folder / order_id / OrderFile.PRIVATE_KEY
        if key_exists(path):
            yield path


def _unless_absent(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise StateError(f"{error.filename}: cannot be read: {error.strerror}") from error
