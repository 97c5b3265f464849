"""The system calls that change files or send something, and what each of them is about."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.seccomp import Notification

# The numbers of x86_64, of aarch64 (None: there is none); then the arguments that say what it is about: an
# open file, a path, or a path that begins in an open folder.
_FILE = "file"
_TABLE: dict[str, tuple[int, int | None, tuple[object, ...]]] = {
    "write": (1, 64, (_FILE,)),
    "writev": (20, 66, (_FILE,)),
    "pwrite64": (18, 68, (_FILE,)),
    "ftruncate": (77, 46, (_FILE,)),
    "fsync": (74, 82, (_FILE,)),
    "fdatasync": (75, 83, (_FILE,)),
    "fchmod": (91, 52, (_FILE,)),
    "fchown": (93, 55, (_FILE,)),
    "sendto": (44, 206, (_FILE,)),
    "sendmsg": (46, 211, (_FILE,)),
    "open": (2, None, ((None, 0),)),
    "openat": (257, 56, ((0, 1),)),
    "truncate": (76, 45, ((None, 0),)),
    "rename": (82, None, ((None, 0), (None, 1))),
    "renameat": (264, 38, ((0, 1), (2, 3))),
    "renameat2": (316, 276, ((0, 1), (2, 3))),
    "link": (86, None, ((None, 0), (None, 1))),
    "linkat": (265, 37, ((0, 1), (2, 3))),
    "symlink": (88, None, ((None, 1),)),
    "symlinkat": (266, 36, ((1, 2),)),
    "unlink": (87, None, ((None, 0),)),
    "unlinkat": (263, 35, ((0, 1),)),
    "mkdir": (83, None, ((None, 0),)),
    "mkdirat": (258, 34, ((0, 1),)),
    "rmdir": (84, None, ((None, 0),)),
    "chmod": (90, None, ((None, 0),)),
    "fchmodat": (268, 53, ((0, 1),)),
    "fchmodat2": (452, 452, ((0, 1),)),
    "chown": (92, None, ((None, 0),)),
    "lchown": (94, None, ((None, 0),)),
    "fchownat": (260, 54, ((0, 1),)),
}
_IS_ARM = platform.machine() == "aarch64"
_NAMES = {
    number: name
    for name, (intel, arm, _) in _TABLE.items()
    if (number := arm if _IS_ARM else intel) is not None
}
# Which argument has the flags. Opening for writing alone changes nothing.
_FLAGS = {"open": 1, "openat": 2}
_CHANGES = os.O_CREAT | os.O_TRUNC
_LONGEST_PATH = 4096

NUMBERS = frozenset(_NAMES)
"""Of all these system calls, on this machine."""


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that is about to happen.

    Attributes:
        name: as the kernel has it.
        thread: who calls.
        paths: what it is about, absolute; an open file by the path that it has now.
        descriptor: the open file, None where a path is named.
        is_send: whether something is sent over a socket.
    """

    name: str
    thread: int
    paths: tuple[str, ...]
    descriptor: int | None = None
    is_send: bool = False

    @property
    def open_file(self) -> Path:
        """The open file that it is about; can be opened and looked at as long as the call waits."""
        return Path(f"/proc/{self.thread}/fd/{self.descriptor}")


def described(notification: Notification) -> Call | None:
    """Return what a call is about; None where it changes nothing.

    Raises:
        OSError: its process has gone, or has given a path that is none.
    """
    name = _NAMES[notification.number]
    thread, arguments = notification.thread, notification.arguments
    if name in _FLAGS and not arguments[_FLAGS[name]] & _CHANGES:
        return None
    subjects = _TABLE[name][2]
    if subjects == (_FILE,):
        descriptor = arguments[0]
        path = str(Path(f"/proc/{thread}/fd/{descriptor}").readlink())
        return Call(name, thread, (path,), descriptor, is_send=path.startswith("socket:"))
    paths = tuple(_path(thread, arguments, *subject) for subject in subjects)  # type: ignore[misc]
    return Call(name, thread, paths)


def _path(thread: int, arguments: tuple[int, ...], folder: int | None, place: int) -> str:
    address = arguments[place]
    with Path(f"/proc/{thread}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        # What lies behind it may not be readable: up to the end of the page first.
        text = memory.read(_LONGEST_PATH - address % _LONGEST_PATH)
        if b"\0" not in text:
            text += memory.read(_LONGEST_PATH)
    path = os.fsdecode(text.split(b"\0", 1)[0])
    if not path.startswith("/"):
        descriptor = None if folder is None else arguments[folder] & 0xFFFFFFFF
        # AT_FDCWD is negative.
        begins = "cwd" if descriptor is None or descriptor >> 31 else f"fd/{descriptor}"
        path = str(Path(f"/proc/{thread}/{begins}").readlink() / path)
    return os.path.normpath(path)
