"""A folder of records of one kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from reconciler.errors import StateError
from reconciler.store.private import remove_private
from reconciler.store.records import (
    check_no_link,
    read_bytes,
    read_record,
    record_names,
    record_path,
    write_record,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from reconciler.store.fields import Fields

T = TypeVar("T")


class Shelf(Generic[T]):
    """Records below a folder, each called as what it is about."""

    def __init__(
        self,
        folder: Path,
        encode: Callable[[T], dict[str, Any]],
        decode: Callable[[Fields], T],
        name_of: Callable[[T], str],
        *,
        nested: bool = True,
        top: Path | None = None,
    ) -> None:
        """Use `folder`, which need not exist.

        Args:
            folder: of the records.
            encode: makes a record's file.
            decode: reads it.
            name_of: says what a record is called.
            nested: whether names may have slashes.
            top: the folder below which no link is followed; None: `folder`.
        """
        self.folder = folder
        self._top = top or folder
        self._encode = encode
        self._decode = decode
        self._name_of = name_of
        self._nested = nested

    def path(self, name: str) -> Path:
        """Return where the record of that name lies."""
        return record_path(self.folder, name)

    def all(self, without: Iterable[str] = ()) -> dict[str, T]:
        """Return all records by name, but for those named in `without`, which are not even read.

        Raises:
            StateError: one cannot be read.
        """
        excepted = frozenset(without)
        names = (name for name in self._names() if name not in excepted)
        # One that is gone by now was archived by a run that goes on while this one reads.
        return {name: record for name in names if (record := self._read(name)) is not None}

    def find(self, name: str) -> T | None:
        """Return the record of that name, None where there is none.

        Raises:
            StateError: it cannot be read, or is that of another.
        """
        check_no_link(self.path(name).parent, self._top)
        return self._read(name)

    def _names(self) -> list[str]:
        return record_names(self.folder, self._top, nested=self._nested)

    def _read(self, name: str) -> T | None:
        path = self.path(name)
        try:
            record = read_record(path, self._decode)
        except FileNotFoundError:
            return None
        # Names become paths of keys and of what is delivered: they are what the file is called, or nothing.
        if self._name_of(record) != name:
            other = self._name_of(record)
            raise StateError(f"{path}: this is the record of {other!r}, in the place of another")
        return record

    def mentioning(self, *texts: str) -> dict[str, T]:
        """Return by name the records in whose files one of the texts stands; the others are not even parsed.

        Raises:
            StateError: one cannot be read.
        """
        wanted = re.compile(b"|".join(re.escape(text.encode()) for text in texts))
        return {
            name: record
            for name in self._names()
            if wanted.search(read_bytes(self.path(name))) and (record := self._read(name)) is not None
        }

    def values_of(self, field: str) -> set[str]:
        """Return what the records have in a field that is a plain word in a line of its own; none is parsed.

        Raises:
            StateError: one cannot be read.
        """
        line = re.compile(rb"^%b: (\S+)$" % field.encode(), re.MULTILINE)
        contents = (read_bytes(self.path(name)) for name in self._names())
        return {found[1].decode() for content in contents if (found := line.search(content))}

    def save(self, record: T) -> None:
        """Write a record.

        Raises:
            StateError: it cannot be written.
        """
        write_record(self.path(self._name_of(record)), self._encode(record), self._top)

    def remove(self, name: str) -> None:
        """Remove the record of that name; that there is none is no error.

        Raises:
            StateError: it is still there.
        """
        path = self.path(name)
        if path.exists():
            remove_private(path, self._top)
