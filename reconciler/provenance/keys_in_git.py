"""Private keys in clear that Git tracks, or would: what is in its history is known to all who can read it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.errors import RepositoryError
from reconciler.model.finding import Finding, Location
from reconciler.model.order import OrderFile
from reconciler.model.private_keys import find_private_key
from reconciler.provenance import git
from reconciler.provenance.may_be_keys import may_be_key, question, repositories
from reconciler.store.key_paths import ACCOUNT_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.model.settings import Settings

_TRACKED = "private-key-tracked"
_NOT_IGNORED = "private-key-not-ignored"
# What is written before a key gets its name counts as well.
_TEMPORARY = re.compile(r"\.(?P<name>.+\.pem)\.tmp")
_PRIVATE_KEY = OrderFile.PRIVATE_KEY
_SPECIAL, _ESCAPED = re.compile(r"[*?\[\\]"), r"\\\g<0>"  # gitignore(5)
_LOOKED_AT = 10_000  # bytes; a key in a file of another name stands at its beginning


class _Folder(Struct, frozen=True):
    """A folder that keys are written to.

    Attributes:
        path: where it really is: links are followed.
        prefix: what lines of .gitignore begin with that are about it.
    """

    path: Path
    prefix: str


def keys_in_git(root: Path, settings: Settings) -> tuple[Finding, ...]:
    """Return a finding for each private key in clear that Git tracks, or would if it was told to take all.

    One Git command for each repository that `state` and `output` lie in; none where they lie in none, or are
    not there. Where Git cannot be asked (not installed, or not allowed to look), nothing is found.

    Args:
        root: of the tree.
        settings: say where keys are.
    """
    root = root.resolve()
    folders = [(root / setting).resolve() for setting in (settings.state, settings.output)]
    return tuple(
        finding
        for top, inside in repositories(folders).items()
        for finding in _in_repository(root, top, [_folder(root, top, path) for path in inside])
    )


def _folder(root: Path, top: Path, path: Path) -> _Folder:
    # The file beside reconciler.yaml, where that is in the same repository and above.
    base = root if root.is_relative_to(top) and path.is_relative_to(root) else top
    return _Folder(path, "".join(f"{_SPECIAL.sub(_ESCAPED, part)}/" for part in path.relative_to(base).parts))


def _in_repository(root: Path, top: Path, folders: list[_Folder]) -> Iterator[Finding]:
    try:
        listed = git.output(top, *question(top, [folder.path for folder in folders]))
    except RepositoryError:
        return
    tags = {entry[2:]: entry[0] for entry in listed.split("\0") if may_be_key(entry)}
    for name, tag in sorted(tags.items()):
        path = top / name
        folder = next((each for each in folders if path.is_relative_to(each.path)), None)
        if folder is not None and _is_key(path):
            yield _finding(os.path.relpath(path, root), _line(folder, path), is_tracked=tag != "?")


def _is_key(path: Path) -> bool:
    """Say whether a file is a private key: by its name, or by its beginning."""
    temporary = _TEMPORARY.fullmatch(path.name)
    name = temporary["name"] if temporary else path.name
    if name == _PRIVATE_KEY or ACCOUNT_KEY.fullmatch(name):
        return True
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return find_private_key(file.read(_LOOKED_AT).decode("latin-1")) is not None
    except OSError:
        return False


def _line(folder: _Folder, path: Path) -> str:
    """Return the line of .gitignore that keeps such files out."""
    name, parts = path.name, path.relative_to(folder.path).parts
    if _TEMPORARY.fullmatch(name):
        pattern = "**/.*.tmp"
    elif parts[0] == "challenges":
        pattern = "challenges/"
    elif name == _PRIVATE_KEY:
        pattern = f"**/{_PRIVATE_KEY}"
    elif ACCOUNT_KEY.fullmatch(name):
        kind = name.partition("-")[0]
        folders = "archive/accounts" if parts[0] == "archive" else "accounts"
        pattern = f"{folders}/**/{kind}-*.pem"
    else:
        pattern = path.relative_to(folder.path).as_posix()
    return folder.prefix + pattern


def _finding(path: str, line: str, *, is_tracked: bool) -> Finding:
    if not is_tracked:
        said = "Git would take this private key, in clear: it is not ignored"
        hint = f"add the line `{line}` to .gitignore; `reconciler init` adds those for the default folders"
        return Finding(_NOT_IGNORED, said, Location(path), hint=hint)
    hint = (
        f"take it out (git rm --cached -- '{path}'), and add the line `{line}` to .gitignore; whoever can "
        "read the history knows the key: replace it, see docs/how-to/keys-and-git.md"
    )
    return Finding(_TRACKED, "Git tracks this private key, in clear", Location(path), hint=hint)
