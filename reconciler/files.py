"""Files that are whole or absent, whatever happens: write temporary, fsync, rename, fsync of the folder.

A temporary file has a fixed name beside its target. There is one writer (who holds the lock), so what a
killed run left behind is overwritten by the next write of the same file, and two writers never meet on one
name. Where no run would write that file again, `end_writing` removes it.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.links import link_error

if TYPE_CHECKING:
    from collections.abc import Mapping

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
PUBLIC_FILE = 0o644
PUBLIC_FOLDER = 0o755

UNCHANGED = -1
"""In the place of the number of an owner or a group (chown(2))."""

_LARGEST = 16 << 20
_CLOCK_STEP = 86400.0
_UNSAFE_PARTS = frozenset({"", ".", "..", ".git"})


def is_inner_path(path: str) -> bool:
    """Say whether a path of others stays in the folder that it is put into, and out of a `.git` there."""
    return "\0" not in path and _UNSAFE_PARTS.isdisjoint(path.lower().split("/"))


def read_file(path: str | Path, *, follow_links: bool = True) -> bytes:
    """Return the content of a file that may be anything: a pipe, a device, or a link to one.

    Raises:
        OSError: it is no regular file, or larger than 16 MiB, or cannot be read; or it is a link, and none is
            to be followed.
    """
    return look_at(path, follow_links=follow_links)[0]


def look_at(path: str | Path, *, follow_links: bool = False) -> tuple[bytes, os.stat_result]:
    """Return the content of a file, and what is known about the very file that was read.

    Raises:
        OSError: as `read_file` does.
    """
    try:
        opened = _open(path, follow_links=follow_links)
    except OSError as error:
        is_link = not follow_links and os.path.islink(path)  # noqa: PTH114 - it may be a text
        raise (link_error(path) if is_link else error) from None
    if opened is None:
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    descriptor, about = opened
    try:
        content = _read(descriptor, about.st_size, _LARGEST)
    finally:
        os.close(descriptor)
    if len(content) > _LARGEST:
        raise OSError(errno.EINVAL, "it is larger than 16 MiB", str(path))
    return content, about


def read_regular(path: str | Path, limit: int, *, follow_links: bool = True) -> bytes | None:
    """Return the content of a regular file, None for anything else; more than `limit` bytes if it has more.

    Never blocks.

    Raises:
        OSError: it cannot be opened or read; or it is a link, and none is to be followed.
    """
    opened = _open(path, follow_links=follow_links)
    if opened is None:
        return None
    descriptor, about = opened
    try:
        return _read(descriptor, about.st_size, limit)
    finally:
        os.close(descriptor)


def _read(descriptor: int, size: int, limit: int) -> bytes:
    if size > limit:
        return bytes(limit + 1)
    # Not `limit + 1`: that would make room for as much, for every small file.
    content = os.read(descriptor, size + 1)
    # What grows meanwhile, and what does not know its size (procfs).
    while len(content) != size and len(content) <= limit:
        more = os.read(descriptor, limit + 1 - len(content))
        if not more:
            break
        content += more
    return content


def open_regular(path: str | Path, *, follow_links: bool = True) -> int | None:
    """Open a regular file to read it, without ever waiting; return its descriptor, None for anything else.

    Raises:
        OSError: it cannot be opened; or it is a link, and none is to be followed.
    """
    opened = _open(path, follow_links=follow_links)
    return opened[0] if opened else None


def _open(path: str | Path, *, follow_links: bool) -> tuple[int, os.stat_result] | None:
    # A pipe that nobody writes to must not be waited for; that it is none is sure only once it is open.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow_links else os.O_NOFOLLOW)
    descriptor = os.open(path, flags)
    about = os.fstat(descriptor)
    if stat.S_ISREG(about.st_mode):
        return descriptor, about
    os.close(descriptor)
    return None


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
    absolute = f"{path.absolute()}/"
    if absolute.startswith("/dev/") and not absolute.startswith("/dev/shm/"):  # noqa: S108 - no file made
        return True
    try:
        return stat.S_IFMT(os.lstat(path).st_mode) not in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK)
    except OSError:
        return False


def write_files(
    folder: Path,
    contents: Mapping[str, tuple[bytes, int]],
    *,
    owner: int = UNCHANGED,
    group: int = UNCHANGED,
    first_before: bool = True,
) -> None:
    """Put several files into a folder, each at once, all durably, in the order given.

    All are written before the first takes its place, so that they do not fit together for a moment only.
    Where none of those after the first is there yet, the first is durable before they appear, if
    `first_before` says so.

    Args:
        folder: has to exist.
        contents: content and mode by name.
        owner: the number of the user that they get.
        group: likewise.
        first_before: whether that matters.

    Raises:
        OSError: none, or only the first of them, have taken their place.
    """
    # Texts, for a run writes a dozen files for each certificate.
    temporaries = {name: f"{folder}/.{name}.tmp" for name in contents}
    try:
        for name, (content, mode) in contents.items():
            _write_durably(temporaries[name], content, mode, owner, group)
        # What replaces others must follow at once: the power fails less often than somebody reads.
        are_new = first_before and not any((folder / name).exists() for name in list(contents)[1:])
        for number, (name, temporary) in enumerate(temporaries.items()):
            if number == 1 and are_new:
                sync_folder(folder)
            os.replace(temporary, f"{folder}/{name}")  # noqa: PTH105
    except BaseException:
        for temporary in temporaries.values():
            Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(folder)


def remove_file(path: Path) -> None:
    """Remove a file, durably; where there is none nothing happens.

    Raises:
        OSError: it is still there.
    """
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def end_writing(folder: Path, since: float) -> None:
    """Do in a folder, and below it, what a killed run would still have done.

    What it has left of files that had not taken their places is removed, and the names that have are made
    durable: who finds a file relies on it. Only for who holds the lock of all that is written there.

    Args:
        folder: where it has written.
        since: when it began, as files have it.

    Raises:
        OSError: something is still there, or is not durable.
    """
    for path, folders, names in os.walk(folder):
        # A state may be a repository of its own, and what Git keeps there is Git's.
        folders[:] = [each for each in folders if each != ".git"]
        for name in names:
            if name.startswith(".") and name.endswith(".tmp"):
                Path(path, name).unlink()
        if Path(path).stat().st_mtime > since - _CLOCK_STEP:
            sync_folder(Path(path))


def _write_durably(
    path: str, content: bytes, mode: int, owner: int = UNCHANGED, group: int = UNCHANGED
) -> None:
    descriptor = _create(path, mode & PRIVATE_FILE)
    try:
        # Nobody but us may look into it before it belongs to whom it is for.
        if (owner, group) != (UNCHANGED, UNCHANGED):
            os.fchown(descriptor, owner, group)
        # The umask may have taken bits away that the reader of a public file needs.
        os.fchmod(descriptor, mode)
        written = os.write(descriptor, content)
        while written < len(content):  # the disk has become full: the next says so
            written += os.write(descriptor, content[written:])
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _create(path: str, mode: int) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(path, flags, mode)
    except FileExistsError:  # a killed run has left it
        os.unlink(path)  # noqa: PTH108
        return os.open(path, flags, mode)


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
