"""Which files and folders a plan looks at.

What it lists is listed here, what it reads is named here. The names are those of `tree`, `store` and
`deliver`, which are slow to load; a test hears which files a plan opens, and finds each of them here.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.certificate import CERTIFICATE_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

ROOT_FILES = ("reconciler.yaml", "reconciler.json", "reconciler.yml")
FOLDERS = ("accounts", "certificates", "dns-providers", "identities", "roles")
_RECORDS, _SUFFIX = "certificates", ".yaml"
_STATE_FILES = ("meta.yaml", "encryption.yaml")
_STATE_FOLDERS = ("accounts", "cleanup", "claims")
_ORDERS = "orders"


class LinkError(Exception):
    """There is a link: what it leads to is looked at by the plan alone."""


class Places(Struct, frozen=True):
    """Where a plan has looked.

    Attributes:
        root: of the tree; a real path.
        state, output: the folders of the settings.
        counts_keys: whether it has looked for the private keys of orders.
    """

    root: str
    state: str
    output: str
    counts_keys: bool = False


class Listed(Struct, frozen=True):
    """What is to be looked at.

    Attributes:
        names: what counts by name and kind alone: entries of the root, and what the root lies in, the state
            and the output.
        paths: of files and folders.
        delivered: the folders of certificates, each with the files that a certificate has.
    """

    names: Sequence[str]
    paths: Sequence[str]
    delivered: Sequence[str]


def root_of(folder: Path) -> str | None:
    """Return the root of the tree that a folder is in, as `reconciler.tree.find_root`; None without one."""
    place = os.path.realpath(folder)
    while True:
        if any(os.path.exists(os.path.join(place, name)) for name in ROOT_FILES):  # noqa: PTH110, PTH118
            return place
        above = os.path.dirname(place)  # noqa: PTH120
        if above == place:
            return None
        place = above


def listed(places: Places) -> Listed:
    """Return what a plan looks at.

    Raises:
        LinkError: there is a link in the tree, or in the state.
        OSError: a folder cannot be listed.
    """
    root, state = places.root, places.state
    entries = list(_entries_of_root(root))
    # What has the name of a folder and is none is something to be said.
    folders = {name for name, kind in entries if name in FOLDERS and kind == stat.S_IFDIR}
    names = [(name, kind) for name, kind in entries if name not in folders]
    paths = [f"{root}/{name}" for name, _ in names if name.startswith("reconciler.")]
    for folder in FOLDERS:
        if folder in folders:
            paths += _below(f"{root}/{folder}", hidden=False)
    paths += [f"{state}/{name}" for name in _STATE_FILES]
    for folder in _STATE_FOLDERS:
        paths += _below(f"{state}/{folder}", hidden=True)
    records = _below(f"{state}/{_RECORDS}", hidden=True)
    paths += records
    # Of orders that came to their end only the names are read, and those stay as long as the folder does.
    paths.append(f"{state}/{_ORDERS}")
    if places.counts_keys:
        paths += _folders_in(f"{state}/{_ORDERS}")
    prefix = f"{state}/{_RECORDS}/"
    issued = [name[len(prefix) : -len(_SUFFIX)] for name in records if name.endswith(_SUFFIX)]
    # Only they tell that a whole folder has gone from them while a plan was made.
    paths += [state, places.output, *(f"{places.output}/{each}" for each in _outer(issued))]
    ways = sorted(set(_ways(root, state, places.output)))
    return Listed(
        names=[*(f"{name} {kind}" for name, kind in names), *(f"{way} {_kind(way)}" for way in ways)],
        paths=paths,
        delivered=[f"{places.output}/{each}" for each in issued],
    )


def files_in(folder: str) -> tuple[str, ...]:
    """Return the paths of a certificate's folder and of its files."""
    return (folder, *(f"{folder}/{name}" for name in CERTIFICATE_FILES))


def _entries_of_root(root: str) -> Iterator[tuple[str, int]]:
    """Yield name and kind of what is in the root, in order; the content of folders is another matter."""
    with os.scandir(root) as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            if entry.name.startswith("."):
                continue
            if entry.is_symlink() and (entry.name in FOLDERS or entry.name.startswith("reconciler.")):
                raise LinkError(entry.path)
            yield entry.name, stat.S_IFMT(entry.stat(follow_symlinks=False).st_mode)


def _below(top: str, *, hidden: bool) -> list[str]:
    """Return a folder, which need not be there, and all that is in it, sorted.

    Args:
        top: the folder.
        hidden: whether that counts too.
    """
    found, pending = [top], [top]
    while pending:
        try:
            entries = os.scandir(pending.pop())
        except FileNotFoundError:
            continue
        with entries:
            for entry in entries:
                if not hidden and entry.name.startswith("."):
                    continue
                if entry.is_symlink():
                    raise LinkError(entry.path)
                found.append(entry.path)
                if entry.is_dir():
                    pending.append(entry.path)
    found.sort()
    return found


def _folders_in(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
    except FileNotFoundError:
        return []


def _outer(names: Sequence[str]) -> list[str]:
    """Return the folders that certificates lie in, by their names, sorted."""
    found = set()
    for name in names:
        outer = name.rpartition("/")[0]
        while outer and outer not in found:
            found.add(outer)
            outer = outer.rpartition("/")[0]
    return sorted(found)


def _ways(*folders: str) -> Iterator[str]:
    """Yield folders, and those that they lie in: any of them could be a link the next time."""
    for folder in folders:
        place = folder
        while place != os.path.dirname(place):  # noqa: PTH120
            yield place
            place = os.path.dirname(place)  # noqa: PTH120


def _kind(path: str) -> tuple[int, ...]:
    try:
        about = os.lstat(path)
    except OSError as error:
        return (error.errno or 0,)
    return stat.S_IFMT(about.st_mode), about.st_dev, about.st_ino
