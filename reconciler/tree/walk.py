"""A walk through a tree: what was found on the way, and which links may be followed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.tree.names import NameTable
from reconciler.tree.source import Source

if TYPE_CHECKING:
    from reconciler.tree.schema import Kind


class Resource(Struct, frozen=True):
    """One file that asks for something.

    Attributes:
        path: in the tree, as findings have it.
        file: the path to open; the target, where the resource is a link.
    """

    kind: Kind
    name: str
    path: str
    file: str


class Walk(Struct):
    """A walk through a tree: the resources found, and what was found wrong on the way.

    Attributes:
        root: the real path of the tree's root.
        label: what findings put before the paths, where the tree is not the one at hand: `origin/main`.
        sources: the files with findings, and maybe others.
    """

    root: str
    label: str = ""
    resources: list[Resource] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    _names: NameTable = field(default_factory=NameTable)

    def error(self, path: str, code: str, message: str, hint: str | None = None) -> None:
        """Note an error about a file or folder as a whole."""
        source = self.source(path)
        source.error(code, message, hint=hint)
        self.sources.append(source)

    def source(self, path: str) -> Source:
        """Return what collects the findings about the file at `path`."""
        return Source(self.shown(path))

    def shown(self, path: str) -> str:
        """Return a path in the tree as findings have it."""
        return f"{self.label}:{path}" if self.label else path

    def add(self, kind: Kind, name: str, path: str, file: str) -> None:
        """Add a resource, if its name will do."""
        shown = self.shown(path)
        problem = self._names.take(kind, name, shown)
        if problem is None:
            self.resources.append(Resource(kind, name, shown, file))
        else:
            self.error(path, *problem)

    def target(self, entry: os.DirEntry[str], path: str) -> str | None:
        """Return the path to open, a link's target; None, with a finding, if it must not be followed."""
        if not entry.is_symlink():
            return entry.path
        try:
            target = os.path.realpath(entry.path, strict=True)
        except OSError as error:
            message = f"the link leads nowhere: {error.strerror}"
            self.error(path, "broken-link", message, "remove it, or mend it")
            return None
        if not is_below(target, self.root):
            self.error(path, "link-out-of-tree", "the link leads out of the tree", "put the file itself here")
            return None
        return target


def is_below(path: str, folder: str) -> bool:
    """Whether a real path is a folder, or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
