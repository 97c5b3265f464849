"""What a plan asks Git, asked once more: which commit this is, and which files Git has, or would take.

Git itself is asked, for only it knows what its index, its settings and its lists of ignored files say. The
commands run while files are looked at.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.errors import RepositoryError
from reconciler.provenance import git
from reconciler.provenance.may_be_keys import may_be_key, question, repositories

if TYPE_CHECKING:
    from reconciler.verdict.places import Places

_HEAD = ("rev-parse", "--is-shallow-repository", "HEAD")


class GitFacts(Struct, frozen=True):
    """What Git has said.

    Attributes:
        head: which commit of which repository the tree is at.
        names: a digest of the names of files that Git has, or would take, in the folders that keys lie in.
    """

    head: str
    names: str


class Question:
    """Git commands that have been started; who asks has to take the answer."""

    def __init__(self, places: Places) -> None:
        """Start them.

        Args:
            places: the tree, and where its keys lie.
        """
        self._top = git.find_top(Path(places.root))
        self._head = _start(self._top, *_HEAD) if self._top else None
        folders = [Path(places.state).resolve(), Path(places.output).resolve()]
        self._lists = [
            (top, _start(top, *question(top, inside))) for top, inside in repositories(folders).items()
        ]

    def answer(self) -> GitFacts | None:
        """Return the answer; None where nothing can be relied on.

        So it is where a command fails, and where a file could be a private key: then its content matters.
        """
        head, lists = _printed(self._head), [(top, _printed(process)) for top, process in self._lists]
        where = _place(self._top, head)
        digest = hashlib.sha256()
        for top, names in lists:
            if names is None or any(may_be_key(name) for name in names.decode("latin-1").split("\0")):
                return None
            digest.update(f"{top}\0{len(names)}\0".encode("utf-8", "surrogateescape") + names)
        return GitFacts(where, digest.hexdigest()) if where else None


def head_of(root: str) -> str | None:
    """Return which commit of which repository a tree is at, as `GitFacts.head`."""
    top = git.find_top(Path(root))
    return _place(top, _printed(_start(top, *_HEAD)) if top else None)


def _place(top: Path | None, printed: bytes | None) -> str | None:
    if top is None:
        return "no repository"
    if printed is None or not printed.startswith(b"false\n"):
        # Of a history that is not all here, what is fetched later belongs to the same commit.
        return None
    return f"{top} {printed.decode('ascii', 'replace').split()[-1]}"


def _start(top: Path, *arguments: str) -> git.Process | None:
    try:
        return git.start(top, *arguments, stdin=git.DEVNULL, stderr=git.DEVNULL)
    except RepositoryError:
        return None


def _printed(process: git.Process | None) -> bytes | None:
    if process is None:
        return None
    printed = process.communicate()[0]
    return printed if process.returncode == 0 else None
