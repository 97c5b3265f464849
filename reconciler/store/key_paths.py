"""Where the private keys of a state lie, in clear or encrypted: by their paths in clear."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.model.order import OrderFile
from reconciler.store.records import unless_absent

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUFFIX = ".age"
ACCOUNT_KEY = re.compile(r"(?:key|refused)-[0-9]+(?:-[0-9]+)?\.pem")
"""The names that the keys of accounts have in clear."""
_VERSION = re.compile(r"key-([0-9]+)\.pem(?:\.age)?")


def encrypted_path(path: Path) -> Path:
    """Return the path that a key has when it is encrypted."""
    return path.with_name(path.name + _SUFFIX)


def key_exists(path: Path) -> bool:
    """Say whether a key is there, in either form."""
    return path.exists() or encrypted_path(path).exists()


def key_versions(folder: Path) -> tuple[int, ...]:
    """Return the versions of the keys in the folder of an account, in either form, the oldest first.

    Raises:
        StateError: it cannot be read.
    """
    try:
        found = {_VERSION.fullmatch(each.name) for each in folder.iterdir()}
    except OSError as error:
        unless_absent(error)
        return ()
    return tuple(sorted({int(each[1]) for each in found if each}))


def key_paths(root: Path) -> Iterator[Path]:
    """Yield the paths that all keys of a state have in clear, in whichever form they are there.

    Raises:
        StateError: a folder cannot be read.
    """
    return (Path(path) for path, _ in _keys(root, archived=True))


def count_keys(root: Path, *, archived: bool) -> tuple[int, int]:
    """Return how many keys are there in clear, and how many encrypted only.

    Args:
        root: the state directory.
        archived: whether to count those of the archive too.

    Raises:
        StateError: a folder cannot be read.
    """
    found = [is_clear for _, is_clear in _keys(root, archived=archived)]
    return sum(found), len(found) - sum(found)


def _keys(root: Path, *, archived: bool) -> Iterator[tuple[str, bool]]:
    """Yield each key's path, and whether it is there in clear. There are many: `Path` would be slow."""
    for folder in (root, root / "archive") if archived else (root,):
        yield from _account_keys(str(folder / "accounts"))
        yield from _order_keys(str(folder / "orders"))


def _account_keys(folder: str) -> Iterator[tuple[str, bool]]:
    for path, folders, names in os.walk(folder, onerror=unless_absent):
        folders.sort()
        for name in sorted({each.removesuffix(_SUFFIX) for each in names}):
            if not ACCOUNT_KEY.fullmatch(name):
                continue
            yield f"{path}/{name}", name in names


def _order_keys(folder: str) -> Iterator[tuple[str, bool]]:
    try:
        with os.scandir(folder) as entries:
            order_ids = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError as error:
        unless_absent(error)
        return
    for order_id in order_ids:
        path = f"{folder}/{order_id}/{OrderFile.PRIVATE_KEY}"
        is_clear = os.path.exists(path)  # noqa: PTH110
        if is_clear or os.path.exists(path + _SUFFIX):  # noqa: PTH110
            yield path, is_clear
