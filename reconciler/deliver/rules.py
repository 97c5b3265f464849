"""How certificates are delivered: where no link may be, and who may read them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler import files
from reconciler.errors import DeliveryError
from reconciler.links import top_of
from reconciler.model.permissions import OutputPermissions, WrongPermission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reconciler.model.settings import Settings

PRIVATE_KEY = "privkey.pem"
_OTHERS = 0o077


class Rules(Struct, frozen=True):
    """What holds for all certificates.

    Attributes:
        top: the folder below which nothing on the way to a file may be a link; None: the folder that the
            certificate's own one is in.
        permissions: the settings.
        owner, group: their numbers on this machine; None where nothing is said, or nobody is called that.
    """

    top: Path | None = None
    permissions: OutputPermissions = field(default_factory=OutputPermissions)
    owner: int | None = None
    group: int | None = None

    @property
    def numbers(self) -> tuple[int, int]:
        """The numbers of owner and group, for chown(2).

        Raises:
            DeliveryError: nobody is called that.
        """
        wanted = self.permissions
        for what, name, number in (("owner", wanted.owner, self.owner), ("group", wanted.group, self.group)):
            if name is not None and number is None:
                kind = "user" if what == "owner" else what
                raise DeliveryError(
                    f"`output_permissions.{what}`: there is no {kind} {name!r} on this machine: add it, or "
                    "correct reconciler.yaml"
                )
        unchanged = files.UNCHANGED
        return (
            unchanged if self.owner is None else self.owner,
            unchanged if self.group is None else self.group,
        )

    def mode(self, name: str) -> int:
        """Return the mode that a file gets."""
        said, default = (
            (self.permissions.private_key_mode, files.PRIVATE_FILE)
            if name == PRIVATE_KEY
            else (self.permissions.certificate_mode, files.PUBLIC_FILE)
        )
        return default if said is None else said

    def prepare(self, folder: Path) -> None:
        """Make the folder of a certificate where it is not there; it is never more open than it should be.

        Raises:
            DeliveryError: nobody is called as the owner, or the group.
            OSError: it cannot be made, or is not ours.
        """
        owner, group = self.numbers
        files.make_folder(folder, files.PRIVATE_FOLDER)
        about = folder.stat()
        if (owner, group) != (files.UNCHANGED, files.UNCHANGED):
            os.chown(folder, owner, group, follow_symlinks=False)
        wanted = self.permissions.folder_mode
        if wanted is None and stat.S_IMODE(about.st_mode) & _OTHERS:
            wanted = files.PRIVATE_FOLDER
        if wanted is not None and stat.S_IMODE(about.st_mode) != wanted:
            folder.chmod(wanted)

    def wrong(self, name: str, about: os.stat_result) -> Iterator[WrongPermission]:
        """Yield what a file has otherwise than it should; where nothing is said, a key is for nobody else."""
        said = self.permissions
        if name == PRIVATE_KEY:
            is_exposed = said.private_key_mode is None and about.st_mode & _OTHERS
            wanted = files.PRIVATE_FILE if is_exposed else said.private_key_mode
        else:
            wanted = said.certificate_mode
        yield from self._wrong(name, about, wanted)

    def wrong_folder(self, folder: str | Path) -> Iterator[WrongPermission]:
        """Yield what the folder of a certificate has otherwise than the settings say."""
        said = self.permissions
        if (said.owner, said.group, said.folder_mode) != (None, None, None):
            yield from self._wrong(".", os.lstat(folder), said.folder_mode)

    def _wrong(self, name: str, about: os.stat_result, mode: int | None) -> Iterator[WrongPermission]:
        said = self.permissions
        if said.owner is not None and about.st_uid != self.owner:
            yield WrongPermission(name, "owner", _user_name(about.st_uid), said.owner)
        if said.group is not None and about.st_gid != self.group:
            yield WrongPermission(name, "group", _group_name(about.st_gid), said.group)
        found = stat.S_IMODE(about.st_mode)
        if mode is not None and found != mode:
            yield WrongPermission(name, "mode", f"{found:04o}", f"{mode:04o}")


DEFAULT_RULES = Rules()
"""Those of settings that say nothing."""


def rules_of(root: Path, settings: Settings) -> Rules:
    """Return the rules of a tree; looks up the numbers of owner and group.

    Args:
        root: of the tree.
        settings: of the tree.
    """
    permissions = settings.output_permissions
    owner, group = _user(permissions.owner), _group(permissions.group)
    return Rules(top_of(root, settings.output), permissions, owner, group)


def _user(name: str | None) -> int | None:
    import pwd  # few settings name somebody

    return _number(name, lambda name: pwd.getpwnam(name).pw_uid)


def _group(name: str | None) -> int | None:
    import grp

    return _number(name, lambda name: grp.getgrnam(name).gr_gid)


def _number(name: str | None, look_up: Callable[[str], int]) -> int | None:
    if name is None or name.isdecimal():
        return None if name is None else int(name)
    try:
        return look_up(name)
    except KeyError:
        return None


def _user_name(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group_name(number: int) -> str:
    import grp

    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
