"""What a machine has on its disk after a power loss, in the worst case: what was synced, and nothing else."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from tools.system_calls import Call

_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    mode: int


@dataclass(frozen=True, slots=True)
class _Folder:
    entries: dict[str, int]
    mode: int


class Disk:
    """Follows the system calls of a run; begins with all of `root` durable.

    A file is durable as it was at its last fsync, and so is a folder's list of names. A new file whose name
    is durable and whose content is not is empty (as on a file system that writes names first). A folder that
    was moved is in one place, the new one as soon as that is durable; so it is wherever moves are journaled.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._durable: dict[int, _File | _Folder] = {}
        self._syncing: tuple[int, _File | _Folder] | None = None
        self._pins: list[int] = []
        self._known: set[int] = set()
        self._first = root.stat().st_ino

    def __enter__(self) -> Self:
        for path in (self._root, *self._root.rglob("*")):
            self._durable[path.lstat().st_ino] = self._look(path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for pin in self._pins:
            os.close(pin)

    def before(self, call: Call) -> None:
        """Take note of a call that is about to happen; the one before has happened."""
        self.settle()
        if call.name in ("fsync", "fdatasync"):
            self._syncing = call.open_file.stat().st_ino, self._look(call.open_file)

    def settle(self) -> None:
        """Take note that the last call has happened."""
        if self._syncing:
            number, synced = self._syncing
            if isinstance(synced, _Folder):
                self._take_out(synced)
            self._durable[number] = synced
            self._syncing = None

    def is_durable(self, path: Path) -> bool:
        """Say whether a file's content would be there again, if its name is."""
        known = self._durable.get(path.stat().st_ino)
        return isinstance(known, _File) and known.content == path.read_bytes()

    def unsynced(self, folder: Path) -> list[str]:
        """Return how what is in a folder, and below it, differs from what is durable of it."""
        found: list[str] = []
        for path in (folder, *folder.rglob("*")):
            if path.is_file():
                if path.name != _LOCK and not self.is_durable(path):
                    found.append(f"the content of {path}")
            else:
                known = self._durable.get(path.stat().st_ino)
                durable = known.entries if isinstance(known, _Folder) else {}
                actual = {each.name: each.inode() for each in os.scandir(path)}
                differing = durable.items() ^ actual.items()
                found += [f"the name {path / name}" for name, _ in differing if name != _LOCK]
        return found

    def write_to(self, target: Path) -> None:
        """Make a folder that has what is durable."""
        self._write(self._first, target)

    def _write(self, number: int, target: Path) -> None:
        what = self._durable.get(number)
        if isinstance(what, _Folder):
            target.mkdir(mode=0o700)
            for name, inner in what.entries.items():
                self._write(inner, target / name)
            target.chmod(what.mode)
        else:
            # Never synced: a folder would be one without names, and its first name is that of a file anyhow.
            target.write_bytes(what.content if what else b"")
            target.chmod(what.mode if what else 0o600)

    def _look(self, path: Path) -> _File | _Folder:
        self._pin(path)
        mode = path.stat().st_mode & 0o7777
        if not path.is_dir():
            return _File(path.read_bytes(), mode)
        entries: dict[str, int] = {}
        for each in os.scandir(path):
            with suppress(FileNotFoundError):
                inner = Path(each.path)
                self._pin(inner)
                entries[each.name] = each.inode()
                if each.is_dir(follow_symlinks=False):
                    self._durable.setdefault(each.inode(), _Folder({}, inner.stat().st_mode & 0o7777))
        return _Folder(entries, mode)

    def _pin(self, path: Path) -> None:
        """Hold a file open, so that none that is made later gets its number."""
        number = path.stat().st_ino
        if number not in self._known:
            self._known.add(number)
            self._pins.append(os.open(path, os.O_PATH))

    def _take_out(self, synced: _Folder) -> None:
        """Let a folder that has come into this one be in no other."""
        came = {each for each in synced.entries.values() if isinstance(self._durable.get(each), _Folder)}
        for number, other in list(self._durable.items()):
            if isinstance(other, _Folder) and not came.isdisjoint(other.entries.values()):
                kept = {name: each for name, each in other.entries.items() if each not in came}
                self._durable[number] = _Folder(kept, other.mode)
