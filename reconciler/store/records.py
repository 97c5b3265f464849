"""Records as YAML files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from reconciler import files
from reconciler.errors import RecordError, StateError
from reconciler.store.fields import FieldError, Fields
from reconciler.store.record_yaml import UnreadableError, line_of, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_SUFFIX = ".yaml"

T = TypeVar("T")


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write a record, durably.

    Raises:
        StateError: it could not be written; the one that was there is as it was.
    """
    content = record_bytes(record)
    try:
        files.make_folder(path.parent)
        files.write_file(path, content)
    except OSError as error:
        raise StateError(f"{path}: cannot be written: {error.strerror}") from error


def record_bytes(record: dict[str, Any]) -> bytes:
    """Return the file of a record."""
    text: str = yaml.dump(record, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=1000)
    return text.encode()


def read_record(path: Path, decode: Callable[[Fields], T]) -> T:
    """Read a record.

    Raises:
        RecordError: it cannot be read, or is not what it should be.
        FileNotFoundError: there is none.
    """
    try:
        content = files.read_file(path)
    except FileNotFoundError:
        if path.is_symlink():
            raise RecordError(str(path), 0, "it is a link to what is not there") from None
        raise
    except OSError as error:
        raise RecordError(str(path), 0, f"cannot be read: {error.strerror}") from error
    return parse_record(content, str(path), decode)


def parse_record(content: bytes, where: str, decode: Callable[[Fields], T]) -> T:
    """Return what the file of a record says; `where` is its place, for messages.

    Raises:
        RecordError: it is not what it should be.
    """
    try:
        return decode(Fields(load(content)))
    except UnreadableError as error:
        raise RecordError(where, error.line, str(error)) from None
    except FieldError as error:
        raise RecordError(where, line_of(content, error.place), str(error)) from None


def read_bytes(path: Path) -> bytes:
    """Return the file of a record; nothing where there is none.

    Raises:
        StateError: it cannot be read.
    """
    try:
        return files.read_file(path)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise StateError(f"{path}: cannot be read: {error.strerror}") from error


def record_names(folder: Path, *, nested: bool = True) -> list[str]:
    """Return the names of all records in `folder`, sorted: their paths without the suffix.

    Args:
        folder: need not exist.
        nested: whether to look into the folders below it.

    Raises:
        StateError: a folder cannot be read.
    """
    names: list[str] = []
    for path, folders, entries in os.walk(folder, onerror=unless_absent):
        prefix = "" if path == str(folder) else f"{os.path.relpath(path, folder)}/"
        names += [
            f"{prefix}{name.removesuffix(_SUFFIX)}"
            for name in entries
            if name.endswith(_SUFFIX) and not name.startswith(".")
        ]
        if not nested:
            folders.clear()
    return sorted(names)


def unless_absent(error: OSError) -> None:
    """Let it be that a folder is not there; for `onerror` of `os.walk`, and its like.

    Raises:
        StateError: it is there, and cannot be read.
    """
    if not isinstance(error, FileNotFoundError):
        raise StateError(f"{error.filename}: cannot be read: {error.strerror}") from error


def record_path(folder: Path, name: str) -> Path:
    """Return where the record of that name lies."""
    return folder / f"{name}{_SUFFIX}"
