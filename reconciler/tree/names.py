"""Which names resources may have: those that can be folders and files of the state, on every file system."""

from __future__ import annotations

import re

from msgspec import Struct, field

from reconciler.model.certificate import CERTIFICATE_FILES
from reconciler.tree.schema import Kind

_COMPONENT = re.compile(r"[A-Za-z0-9_@](?:[A-Za-z0-9._@-]{0,198}[A-Za-z0-9_@-])?")
_MOST = 500
# Of Windows, on which somebody may have the tree checked out. `con.example.com` may well be a certificate.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)
_RULE = (
    "letters, digits and . _ @ -, beginning with none of . and -, not ending in a dot, at most 200 of them"
)
# Beside NAME.yaml the state has folders NAME, and output folders hold the certificate's files.
_TAKEN_SUFFIXES = (".yaml", ".yml", ".json")

Problem = tuple[str, str, str | None]


class NameTable(Struct):
    """The names that are taken, with the path of the file that took each."""

    _paths: dict[tuple[Kind, str], tuple[str, str]] = field(default_factory=dict)

    def take(self, kind: Kind, name: str, path: str) -> Problem | None:
        """Take a name for the file at `path`; return code, message and hint if it may not have it."""
        problem = _unusable(kind, name)
        if problem is not None:
            return problem
        other_name, other_path = self._paths.setdefault((kind, name.lower()), (name, path))
        if other_path == path:
            return None
        if other_name == name:
            return "duplicate-resource", f"`{other_path}` is the same resource", "remove one of the two"
        return (
            "case-collision",
            f"`{other_path}` differs only in upper and lower case",
            "some file systems cannot keep the two apart; rename one",
        )


def _unusable(kind: Kind, name: str) -> Problem | None:
    components = name.split("/")
    if kind is not Kind.CERTIFICATE and len(components) > 1:
        return (
            "misplaced",
            f"{kind.folder} cannot be in folders of their own",
            "move the file up, beside the others",
        )
    for component in components:
        if not _COMPONENT.fullmatch(component):
            return "bad-name", f"`{component}` cannot be a name or a part of one", f"use {_RULE}"
        lowered = component.lower()
        if lowered.endswith(_TAKEN_SUFFIXES) or lowered in CERTIFICATE_FILES:
            return "bad-name", f"`{component}` is what a file of the program may be called", "rename it"
        if lowered in _DEVICES:
            return "bad-name", f"`{component}` is a device on Windows, and no file", "rename it"
    if len(name) > _MOST:
        # Folders of this name are made in the state and in the output, which have paths of their own.
        return "bad-name", f"the name has {len(name)} characters; {_MOST} are allowed", "shorten it"
    return None
