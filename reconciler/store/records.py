"""Records as YAML files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler import files
from reconciler.errors import RecordError, StateError
from reconciler.file_errors import why
from reconciler.links import link_error, refuse_links
from reconciler.store.fields import FieldError, Fields
from reconciler.store.own_yaml import read_own, write_own

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SUFFIX = ".yaml"

T = TypeVar("T")


def write_record(path: Path, record: dict[str, Any], top: Path | None = None) -> None:
    """Write a record, durably.

    Args:
        path: its file.
        record: what it says.
        top: the folder below which nothing is written through links; None: the one that it lies in.

    Raises:
        StateError: it could not be written; the one that was there is as it was.
    """
    content = record_bytes(record)
    try:
        refuse_links(path, top or path.parent)
        files.make_folder(path.parent)
        files.write_file(path, content)
    except OSError as error:
        raise StateError(f"{path}: cannot be written: {why(error)}") from error


def record_bytes(record: dict[str, Any]) -> bytes:
    """Return the file of a record."""
    text = write_own(record)
    if text is None:
        from reconciler.store.record_yaml import dump  # loads PyYAML, which few runs need

        text = dump(record)
    return text.encode()


def read_record(path: str | Path, decode: Callable[[Fields], T]) -> T:
    """Read a record.

    Raises:
        RecordError: it cannot be read, or is not what it should be.
        FileNotFoundError: there is none.
    """
    try:
        content = files.read_file(path, follow_links=False)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise RecordError(f"{path}", 0, f"cannot be read: {why(error)}") from error
    return parse_record(content, f"{path}", decode)


def parse_record(content: bytes, where: str, decode: Callable[[Fields], T]) -> T:
    """Return what the file of a record says; `where` is its place, for messages.

    Raises:
        RecordError: it is not what it should be.
    """
    values = read_own(content)
    try:
        return decode(Fields(_load(content, where) if values is None else values))
    except FieldError as error:
        from reconciler.store.record_yaml import line_of

        raise RecordError(where, line_of(content, error.place), str(error)) from None


def _load(content: bytes, where: str) -> object:
    from reconciler.store.record_yaml import UnreadableError, load

    try:
        return load(content)
    except UnreadableError as error:
        raise RecordError(where, error.line, str(error)) from None


def read_bytes(path: Path) -> bytes:
    """Return the file of a record; nothing where there is none.

    Raises:
        StateError: it cannot be read.
    """
    try:
        return files.read_file(path, follow_links=False)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise StateError(f"{path}: cannot be read: {why(error)}") from error


def record_names(folder: Path, top: Path | None = None, *, nested: bool = True) -> list[str]:
    """Return the names of all records in `folder`, sorted: their paths without the suffix.

    Args:
        folder: need not exist.
        top: the folder below which no folder may be a link; None: `folder`.
        nested: whether to look into the folders below it.

    Raises:
        StateError: a folder cannot be read, or is a link.
    """
    check_no_link(folder, top or folder)
    names: list[str] = []
    for path, folders, entries in os.walk(folder, onerror=unless_absent):
        prefix = "" if path == str(folder) else f"{os.path.relpath(path, folder)}/"
        names += [
            f"{prefix}{name.removesuffix(SUFFIX)}"
            for name in entries
            if name.endswith(SUFFIX) and not name.startswith(".")
        ]
        if not nested:
            folders.clear()
        for name in folders:
            if os.path.islink(f"{path}/{name}"):  # noqa: PTH114 - there are many
                raise _not_read(link_error(f"{path}/{name}"))
    return sorted(names)


def check_no_link(path: Path, top: Path) -> None:
    """See that nothing on the way from `top` to a file or folder of the state, itself included, is a link.

    Raises:
        StateError: something is, or it cannot be found out.
    """
    try:
        refuse_links(path, top)
    except OSError as error:
        raise _not_read(error) from error


def _not_read(error: OSError) -> StateError:
    return StateError(f"{error.filename}: cannot be read: {why(error)}")


def unless_absent(error: OSError) -> None:
    """Let it be that a folder is not there; for `onerror` of `os.walk`, and its like.

    Raises:
        StateError: it is there, and cannot be read.
    """
    if not isinstance(error, FileNotFoundError):
        raise StateError(f"{error.filename}: cannot be read: {error.strerror}") from error


def record_path(folder: Path, name: str) -> Path:
    """Return where the record of that name lies."""
    return folder / f"{name}{SUFFIX}"
