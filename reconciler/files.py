"""Files that are whole or absent, whatever happens: write temporary, fsync, rename, fsync of the folder.

A temporary file has a fixed name beside its target. There is one writer (who holds the lock), so what a
killed run left behind is overwritten by the next write of the same file, and two writers never meet on one
name.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
PUBLIC_FILE = 0o644
PUBLIC_FOLDER = 0o755


_LARGEST = 16 << 20


def read_file(path: Path) -> bytes:
    """Return the content of a file that may be anything: a pipe, a device, or a link to one.

    Raises:
        OSError: it is no regular file, or larger than 16 MiB, or cannot be read.
    """
    # A pipe that nobody writes to must not be waited for; that it is none is sure only once it is open.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor, not a path
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        if status.st_size > _LARGEST:
            raise OSError(errno.EFBIG, "it is larger than 16 MiB", str(path))
        # Not `read(_LARGEST)`: that would make room for as much, for every small file.
        return file.readall()


def write_file(path: Path, content: bytes, mode: int = PUBLIC_FILE) -> None:
    """Put `content` at `path` at once, and durably; the file has `mode` from its first byte.

    A link at `path` is replaced, never followed; a device or a pipe is left as it is.

    Raises:
        OSError: nothing has changed at `path`.
    """
    if is_stream(path):
        raise OSError(errno.EINVAL, "it is a device or a pipe, and no file", str(path))
    write_files(path.parent, {path.name: (content, mode)})


def is_stream(path: Path) -> bool:
    """Say whether no file may take its place: a pipe, a device, an open file (/dev/stdout)."""
    absolute = path.absolute()
    if absolute.is_relative_to("/dev") and not absolute.is_relative_to("/dev/shm"):  # noqa: S108 - no file made
        return True
    try:
        return stat.S_IFMT(path.lstat().st_mode) not in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK)
    except OSError:
        return False


def write_files(folder: Path, contents: Mapping[str, tuple[bytes, int]]) -> None:
    """Put several files into a folder, each at once, all durably, in the order given.

    All are written before the first takes its place, so that they do not fit together for a moment only.

    Args:
        folder: has to exist.
        contents: content and mode by name.

    Raises:
        OSError: none, or only the first of them, have taken their place.
    """
    temporaries = {name: folder / f".{name}.tmp" for name in contents}
    try:
        for name, (content, mode) in contents.items():
            _write_durably(temporaries[name], content, mode)
        for name, temporary in temporaries.items():
            temporary.replace(folder / name)
    except BaseException:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(folder)


def remove_file(path: Path) -> None:
    """Remove a file, durably; where there is none nothing happens.

    Raises:
        OSError: it is still there.
    """
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def _write_durably(path: Path, content: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        # The umask may have taken bits away that the reader of a public file needs.
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def make_folder(path: Path, mode: int = PUBLIC_FOLDER) -> None:
    """Make `path` and what is missing above it; only `path` itself gets `mode`, and only if it was not there.

    Raises:
        OSError: when it cannot be made, or is no folder.
    """
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=mode, exist_ok=True)
    path.chmod(mode)  # the umask may have taken bits away that a web server needs
    sync_folder(path.parent)


def make_private_folder(path: Path) -> None:
    """Make `path` if it is not there, and see to it that nobody else can look into it.

    Raises:
        OSError: when it cannot be made, or is no folder, or is not ours.
    """
    make_folder(path, PRIVATE_FOLDER)
    if path.stat().st_mode & 0o077:
        path.chmod(PRIVATE_FOLDER)


def move(source: Path, target: Path) -> None:
    """Move a file or a folder within one file system, durably; where there is no `source` nothing happens."""
    try:
        source.rename(target)
    except FileNotFoundError:
        return
    sync_folder(target.parent)
    sync_folder(source.parent)


def sync_folder(path: Path) -> None:
    """Make the entries of a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
