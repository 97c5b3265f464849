"""The objects of a repository, read by a Git process that lives as long as the repository is in use."""

from __future__ import annotations

import hashlib
import os
import tempfile
import weakref
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from reconciler.errors import RepositoryError
from reconciler.provenance import git
from reconciler.tree.files import MAX_BYTES

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_COMMAND = ("cat-file", "--batch", "--buffer")
_MAX_SAID = 1 << 16
TOO_LARGE = b"\0" * (MAX_BYTES + 1)
"""Stands for what is larger than any file of a tree may be; it is not read."""


def object_id(content: bytes) -> str:
    """Return the hash that Git knows a content by."""
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


class Objects:
    """Objects by their names, one question after the other."""

    def __init__(self, folder: Path) -> None:
        """Take the top of the repository; nothing is started before the first question."""
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._end: weakref.finalize[..., Objects] | None = None

    def read(self, name: str, kind: str) -> bytes | None:
        """Return the content of an object; None if there is none of that name and kind.

        Args:
            name: a hash, or a commit and a path (`HASH:PATH`), without line breaks.
            kind: Git's word: `blob`, `commit`.

        Raises:
            RepositoryError: Git cannot read it.
        """
        process = self._started()
        try:
            git.pipe(process.stdin).write(os.fsencode(name) + b"\n")
            git.pipe(process.stdin).flush()
        except BrokenPipeError:
            raise self._failure() from None
        header = git.pipe(process.stdout).readline()
        if not header:
            raise self._failure()
        found, size = _kind_and_size(header)
        if found is None:
            # A broken object is missing as well, for this command; only what it says beside that differs.
            if any(sign in self._said() for sign in (b"error:", b"fatal:")):
                raise self._failure()
            return None
        if size > MAX_BYTES:
            # What is left of it is not waited for.
            self._stop()
            return TOO_LARGE if found == kind else None
        content = git.pipe(process.stdout).read(size + 1)
        if len(content) <= size:
            raise self._failure()
        return content[:-1] if found == kind else None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `_ended`
            # Not buffered: each question gets its answer at once.
            command = _COMMAND[:-1]
            self._process = git.start(self._folder, *command, stdin=git.PIPE, stderr=self._stderr)
            self._end = weakref.finalize(self, _ended, self._process, self._stderr)
        return self._process

    def _stop(self) -> None:
        if self._end is not None:
            self._end()
        self._process = None

    def _said(self) -> bytes:
        # The process writes where its file stands: that is not to be moved.
        return os.pread(self._stderr.fileno(), _MAX_SAID, 0) if self._stderr is not None else b""

    def _failure(self) -> RepositoryError:
        said = self._said()
        if not said and self._process is not None:
            self._process.wait()
            said = self._said()
        self._stop()
        return git.failure(_COMMAND, said)


def read_all(folder: Path, object_ids: Iterable[str]) -> Iterator[bytes]:
    """Yield the contents of many objects, in their order, all from one process.

    Args:
        folder: the top of the repository.
        object_ids: hashes of objects that are there, none of them larger than a file of a tree may be.

    Raises:
        RepositoryError: one of them cannot be read.
    """
    with tempfile.TemporaryFile() as names, tempfile.TemporaryFile() as stderr:
        names.writelines(each.encode("ascii") + b"\n" for each in object_ids)
        names.seek(0)
        process = git.start(folder, *_COMMAND, stdin=names, stderr=stderr)
        stream = git.pipe(process.stdout)
        try:
            while header := stream.readline():
                found, size = _kind_and_size(header)
                if found is None:
                    said = os.fsdecode(header).strip()
                    raise RepositoryError(f"the repository is damaged: git cat-file says `{said}`")
                content = stream.read(size + 1)
                if len(content) <= size:
                    break
                yield content[:-1]
            if process.wait():
                stderr.seek(0)
                raise git.failure(_COMMAND, stderr.read())
        finally:
            stream.close()
            process.wait()


def _kind_and_size(header: bytes) -> tuple[str | None, int]:
    """Return what `cat-file` says of an object: None as its kind where there is none."""
    words = header.rstrip(b"\n").rsplit(b" ", 2)
    if len(words) != 3 or not words[2].isdigit():
        return None, 0
    return words[1].decode("ascii"), int(words[2])


def _ended(process: subprocess.Popen[bytes], stderr: IO[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            # What could not be written because the process has ended is still to be thrown away.
            with suppress(BrokenPipeError):
                stream.close()
    process.wait()
    stderr.close()
