"""A folder of records of one kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from reconciler.errors import MisplacedRecordError, RecordError, StateError
from reconciler.model.flaw import FlawedRecord
from reconciler.store.private import remove_private
from reconciler.store.records import (
    SUFFIX,
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

    from reconciler.model.flaw import RecordKind
    from reconciler.store.fields import Fields

T = TypeVar("T")


class Shelf(Generic[T]):
    """Records below a folder, each called as what it is about."""

    def __init__(
        self,
        kind: RecordKind,
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
            kind: of the records.
            folder: of the records.
            encode: makes a record's file.
            decode: reads it.
            name_of: says what a record is called.
            nested: whether names may have slashes.
            top: the folder below which no link is followed; None: `folder`.
        """
        self._kind = kind
        self.folder = folder
        self._top = top or folder
        self._encode = encode
        self._decode = decode
        self._name_of = name_of
        self._nested = nested

    def path(self, name: str) -> Path:
        """Return where the record of that name lies."""
        return record_path(self.folder, name)

    def all(self, without: Iterable[str] = (), flawed: list[FlawedRecord] | None = None) -> dict[str, T]:
        """Return all records by name, but for those named in `without`, which are not even read.

        Args:
            without: the names of those.
            flawed: takes what there is to say of those that cannot be read; None where none may be.

        Raises:
            RecordError: one cannot be read, and none may be.
            StateError: their folder cannot be read.
        """
        excepted = frozenset(without)
        return self._read_all((name for name in self._names() if name not in excepted), flawed)

    def _read_all(self, names: Iterable[str], flawed: list[FlawedRecord] | None) -> dict[str, T]:
        found: dict[str, T] = {}
        for name in names:
            try:
                record = self._read(name)
            except RecordError as error:
                if flawed is None:
                    raise
                flawed.append(FlawedRecord.of(self._kind, name, error))
                continue
            # One that is gone by now was archived by a run that goes on while this one reads.
            if record is not None:
                found[name] = record
        return found

    def find(self, name: str) -> T | None:
        """Return the record of that name, None where there is none.

        Raises:
            RecordError: it cannot be read, or is that of another.
        """
        check_no_link(self.path(name).parent, self._top)
        return self._read(name)

    def _names(self) -> list[str]:
        return record_names(self.folder, self._top, nested=self._nested)

    def _read(self, name: str) -> T | None:
        path = f"{self.folder}/{name}{SUFFIX}"
        try:
            record = read_record(path, self._decode)
        except FileNotFoundError:
            return None
        # Names become paths of keys and of what is delivered: they are what the file is called, or nothing.
        if self._name_of(record) != name:
            what = f"this is the record of {self._name_of(record)!r}, in the place of another"
            raise MisplacedRecordError(path, 0, what)
        return record

    def mentioning(self, *texts: str, flawed: list[FlawedRecord] | None = None) -> dict[str, T]:
        """Return by name the records in whose files one of the texts stands; the others are not even parsed.

        Raises:
            RecordError: one cannot be read, and `flawed` does not take it.
            StateError: likewise their folder.
        """
        return self._read_all(self.names_mentioning(*texts), flawed)

    def names_mentioning(self, *texts: str) -> list[str]:
        """Return the names of the records in whose files one of the texts stands; none is parsed.

        What is no file to be read mentions nothing.

        Raises:
            StateError: their folder cannot be read.
        """
        wanted = re.compile(b"|".join(re.escape(text.encode()) for text in texts))
        return [name for name in self._names() if wanted.search(self._content(name))]

    def _content(self, name: str) -> bytes:
        try:
            return read_bytes(self.path(name))
        except StateError:
            return b""

    def names_by(self, field: str) -> dict[str, list[str]]:
        """Return the names of records by what they have in a field; none is parsed.

        Args:
            field: one that is a plain word in a line of its own.

        Raises:
            StateError: their folder cannot be read.
        """
        line = re.compile(rb"^%b: (\S+)$" % field.encode(), re.MULTILINE)
        names: dict[str, list[str]] = {}
        for name in self._names():
            for found in line.finditer(self._content(name)):
                names.setdefault(found[1].decode("ascii", "replace"), []).append(name)
        return names

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
