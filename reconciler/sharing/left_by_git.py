"""Files that Git has written otherwise than they are, or has not written: they are no change of ours."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler.sharing.git import without_filters
from reconciler.sharing.layout import is_shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sharing.place import Place

_WRITTEN, _LEFT_OUT = b"H", b"S"


class LeftByGit:
    """The state as the last checkout has left it.

    A checkout may write other line ends than are in Git (`.gitattributes`, `core.autocrlf`), and a sparse one
    leaves files out. Taken as they lie there, all would be changed by us, or removed.
    """

    def __init__(self, place: Place) -> None:
        """Read the user's index."""
        self._place = place
        self._written: dict[str, str] = {}
        self._left_out: dict[str, str] = {}
        folder = place.state.rstrip("/")
        listed = place.git.run("ls-files", "-s", "-v", "-z", "--full-name", "--", folder)
        for line in listed.out.split(b"\0"):
            about, _, path = line.partition(b"\t")
            tag, _, rest = about.partition(b" ")
            name = place.shared(os.fsdecode(path)) or ""
            if not is_shared(name) or not rest.endswith(b" 0") or not rest.startswith(b"100"):
                continue
            if tag == _WRITTEN:
                self._written[name] = rest.split()[1].decode("ascii")
            elif tag == _LEFT_OUT:
                self._left_out[name] = rest.split()[1].decode("ascii")

    def unchanged(self, here: Mapping[str, str]) -> dict[str, str]:
        """Return the objects of files that are as Git has left them, and do not look so.

        Args:
            here: the hashes of what lies there, by shared name.
        """
        found = {name: each for name, each in self._left_out.items() if name not in here}
        differs = {name for name, each in self._written.items() if here.get(name, each) != each}
        if differs:
            git, folder = self._place.git, self._place.state.rstrip("/")
            # By what the index knows of their size and date; those that others have written are listed.
            listed = git.run(
                *without_filters(git), "diff-files", "-z", "--name-only", "--no-ext-diff", "--", folder
            )
            changed = {self._place.shared(os.fsdecode(path)) for path in listed.out.split(b"\0") if path}
            found |= {name: self._written[name] for name in differs - changed}
        return found

    def take_over(self) -> None:
        """Let Git know that what it has left out is here now: it is needed."""
        paths = [os.fsencode(self._place.in_repository(name)) + b"\0" for name in self._left_out]
        if paths:
            # Nothing hangs on it: where the index is in use, the next run does it.
            self._place.git.run("update-index", "--no-skip-worktree", "-z", "--stdin", stdin=b"".join(paths))
