"""Which files of a tree are resources, and what they are called.

- `reconciler.yaml` stands in the root; `accounts/`, `roles/`, `identities/` and `dns-providers/` hold files,
  `certificates/` folders too.
- A resource ends in `.yaml` or `.json`. `.yml`, and other cases of the three, get a finding, so that no
  resource is overlooked in silence. All else (README.md, editors' backups) is ignored, as is what is hidden.
- A link may lead to a `.yaml` or `.json` file, or to a folder, that lies in the tree. It must not lead out of
  the tree, to other files (they may be secrets, and findings show lines), or to a folder that is read anyway.
"""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING

from reconciler.tree.schema import Kind
from reconciler.tree.suggest import did_you_mean
from reconciler.tree.walk import Walk, is_below

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

FOLDERS = {kind.folder: kind for kind in Kind if kind.folder}
SETTINGS = "reconciler"
SUFFIXES = (".yaml", ".json")


def discover(root: Path, kinds: Collection[Kind] = tuple(Kind), label: str = "") -> Walk:
    """Return the resources of the tree, in the order of their paths.

    Args:
        root: the folder with reconciler.yaml.
        kinds: those that are wanted; the folders of others are not looked into.
        label: where the tree is from, for findings; see `Walk`.

    Raises:
        OSError: when the root is no folder that can be read.
    """
    walk = Walk(os.path.realpath(root, strict=True), label)
    for entry in _entries(walk.root):
        if entry.name in FOLDERS:
            if FOLDERS[entry.name] in kinds:
                _walk_folder(walk, entry, FOLDERS[entry.name])
        elif _stem(entry.name) == SETTINGS and not _is_folder(entry):
            _visit_file(walk, entry, Kind.SETTINGS, "")
        else:
            _warn_of_near_miss(walk, entry)
    walk.resources.sort(key=lambda resource: resource.path)
    return walk


def _walk_folder(walk: Walk, top: os.DirEntry[str], kind: Kind) -> None:
    """Visit all files below one of the tree's folders, without recursion."""
    read_by_link: set[str] = set()
    pending = deque([(top, top.name)])
    while pending:
        folder, path = pending.popleft()
        target = walk.target(folder, path)
        if target is None:
            continue
        if not os.path.isdir(target):  # noqa: PTH112 - a string, ten thousand times
            walk.error(path, "not-a-folder", f"`{path}` must be a folder")
            continue
        if folder is not top and folder.is_symlink():
            if target in read_by_link or is_below(target, os.path.join(walk.root, top.name)):  # noqa: PTH118
                walk.error(
                    path,
                    "link-to-folder",
                    "the link leads to a folder that is read anyway",
                    "remove the link",
                )
                continue
            read_by_link.add(target)
        try:
            entries = _entries(target)
        except OSError as error:
            walk.error(path, "unreadable", f"the folder cannot be read: {error.strerror}")
            continue
        for entry in entries:
            if _is_folder(entry):
                pending.append((entry, f"{path}/{entry.name}"))
            else:
                _visit_file(walk, entry, kind, path)


def _visit_file(walk: Walk, entry: os.DirEntry[str], kind: Kind, folder: str) -> None:
    path = f"{folder}/{entry.name}" if folder else entry.name
    stem = _stem(entry.name)
    suffix = entry.name[len(stem) :]
    if not suffix:
        return
    if suffix not in SUFFIXES:
        wanted = ".json" if suffix.lower() == ".json" else ".yaml"
        hint = f"rename it to {stem}{wanted}"
        walk.error(path, "wrong-suffix", f"a file that ends in {suffix} is not read", hint)
        return
    target = walk.target(entry, path)
    if target is None:
        return
    if entry.is_symlink() and not target.endswith(SUFFIXES):
        walk.error(path, "link-to-other-file", "the link leads to a file that is neither .yaml nor .json")
        return
    if not _is_file(entry):
        hint = "a resource is a file, not a pipe, device or socket"
        walk.error(path, "not-a-file", "not a regular file", hint)
        return
    walk.add(kind, f"{folder}/{stem}".partition("/")[2], path, target)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted((each for each in entries if not each.name.startswith(".")), key=lambda each: each.name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links, for one; what is wrong is said when it is visited
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is one, as the folder says; what is read is looked at again once it is open."""
    try:
        return entry.is_file()
    except OSError:
        return False


def _stem(name: str) -> str:
    """Return a file's name without the suffix that makes it a resource, or nearly one."""
    stem, dot, suffix = name.rpartition(".")
    return stem if dot and suffix.lower() in ("yaml", "yml", "json") else name


def _warn_of_near_miss(walk: Walk, entry: os.DirEntry[str]) -> None:
    if entry.name in FOLDERS.values() or entry.name.lower() in FOLDERS:
        source = walk.source(entry.name)
        source.warning(
            "unknown-folder", f"the folder `{entry.name}` is not read", hint=did_you_mean(entry.name, FOLDERS)
        )
        walk.sources.append(source)
