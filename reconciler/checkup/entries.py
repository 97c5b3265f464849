"""The files and folders of a state directory, and which of them have a place there."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.store.records import unless_absent

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = r"(?:[^/]+/)*[^/]+"
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ORDER = rf"orders/{_ID}(?:\.yaml|/(?:privkey\.pem(?:\.age)?|csr\.pem|fullchain\.pem))"
_KEY = r"(?:key|refused)-[0-9]+(?:-[0-9]+)?\.pem(?:\.age)?"
_OURS = re.compile(
    rf"(?:meta|encryption)\.yaml|events\.jsonl|\.lock"
    rf"|accounts/{_NAME}(?:\.yaml|/{_KEY})|(?:archive/)?{_ORDER}"
    rf"|certificates/{_NAME}\.yaml|archive/certificates/{_NAME}/{_ID}\.yaml"
    rf"|archive/accounts/{_NAME}/[^/]+/(?:account\.yaml|{_KEY})|archive/conflicts/.+"
    rf"|challenges/{_ID}/.+|cleanup/{_ID}\.yaml|claims/(?:certificates|accounts|keys)/{_NAME}\.yaml"
)
_OF_GIT = re.compile(r"(?:.*/)?\.git(?:ignore|attributes|keep)")
_PUBLIC = frozenset({"csr.pem", "fullchain.pem", "cert.pem", "chain.pem"})


class Entry(Struct, frozen=True):
    """A file or a folder.

    Attributes:
        path: below the state directory, with forward slashes.
        mode: as `lstat` has it: what it is, and who may do what.
        owner: the user's number.
        links: how many names it has.
    """

    path: str
    mode: int
    owner: int
    links: int = 1

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The path of the folder that it is in."""
        return self.path.rpartition("/")[0]

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)

    @property
    def is_temporary(self) -> bool:
        """Whether it is a file that was to take the place of another one."""
        return self.name.startswith(".") and self.name.endswith(".tmp") and not self.is_folder

    @property
    def is_key_in_clear(self) -> bool:
        """Whether it is called as private keys are, or is to become one."""
        name = self.name.removeprefix(".").removesuffix(".tmp") if self.is_temporary else self.name
        return name.endswith(".pem") and name not in _PUBLIC and stat.S_ISREG(self.mode)

    @property
    def is_key(self) -> bool:
        """Whether it is a private key in either form."""
        return self.is_key_in_clear or (self.name.endswith(".pem.age") and stat.S_ISREG(self.mode))

    @property
    def has_a_place(self) -> bool:
        """Whether a file like this can be in a state."""
        is_file = stat.S_ISREG(self.mode) or self.is_link
        return is_file and bool(_OURS.fullmatch(self.path) or _OF_GIT.fullmatch(self.path))


def entries_below(root: str) -> Iterator[Entry]:
    """Yield all files and folders below a folder, which need not be there; links are not followed.

    Raises:
        StateError: a folder cannot be read.
    """
    left = [""]
    while left:
        inner = left.pop()
        try:
            with os.scandir(os.path.join(root, inner) if inner else root) as found:  # noqa: PTH118
                entries = sorted(found, key=lambda each: each.name)
        except OSError as error:
            unless_absent(error)
            continue
        for each in entries:
            path = f"{inner}/{each.name}" if inner else each.name
            if each.name == ".git":
                continue
            try:
                about = each.stat(follow_symlinks=False)
            except FileNotFoundError:  # a run goes on meanwhile
                continue
            if stat.S_ISDIR(about.st_mode):
                left.append(path)
            yield Entry(path, about.st_mode, about.st_uid, about.st_nlink)
