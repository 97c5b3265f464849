"""Where Git could have private keys of a state, and which of the files that it names could be some.

Apart from `keys_in_git` because it needs nothing that is slow to load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.certificate import PUBLIC_FILES
from reconciler.provenance.git import find_top

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# Names all files in folders that are tracked, or would be.
_LIST = ("ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard", "--")
_SUFFIXES = (".pem", ".key", ".pem.tmp")
_PUBLIC = frozenset({*PUBLIC_FILES, "csr.pem"})


def repositories(folders: Iterable[Path]) -> dict[Path, list[Path]]:
    """Return the top of each repository that folders lie in, and the folders in it; those that are there.

    Args:
        folders: real paths.
    """
    found: dict[Path, list[Path]] = {}
    for folder in folders:
        top = find_top(folder) if folder.is_dir() else None
        if top is not None:
            found.setdefault(top, []).append(folder)
    return found


def question(top: Path, folders: Iterable[Path]) -> tuple[str, ...]:
    """Return the Git command for some folders of a repository."""
    return (*_LIST, *(folder.relative_to(top).as_posix() for folder in folders))


def may_be_key(path: str) -> bool:
    """Say whether a file could be a private key, by its name."""
    return path.endswith(_SUFFIXES) and path.rpartition("/")[2] not in _PUBLIC
