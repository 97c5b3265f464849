"""A folder of records of one kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from reconciler import files
from reconciler.errors import RecordError, StateError
from reconciler.model.flaw import FlawedRecord
from reconciler.store.records import read_bytes, read_record, record_names, record_path, write_record

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
    ) -> None:
        """Use `folder`, which need not exist; `nested` says whether names may have slashes."""
        self._kind = kind
        self.folder = folder
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
        names = record_names(self.folder, nested=self._nested)
        return self._read((name for name in names if name not in excepted), flawed)

    def _read(self, names: Iterable[str], flawed: list[FlawedRecord] | None) -> dict[str, T]:
        found: dict[str, T] = {}
        for name in names:
            try:
                record = self.find(name)
            except RecordError as error:
                if flawed is None:
                    raise
                flawed.append(FlawedRecord(self._kind, name, error.path, error.line, error.what))
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
        path = self.path(name)
        try:
            record = read_record(path, self._decode)
        except FileNotFoundError:
            return None
        # Names become paths of keys and of what is delivered: they are what the file is called, or nothing.
        if self._name_of(record) != name:
            other = self._name_of(record)
            raise RecordError(str(path), 0, f"this is the record of {other!r}, in the place of another")
        return record

    def mentioning(self, *texts: str, flawed: list[FlawedRecord] | None = None) -> dict[str, T]:
        """Return by name the records in whose files one of the texts stands; the others are not even parsed.

        Raises:
            RecordError: one cannot be read, and `flawed` does not take it.
            StateError: likewise their folder.
        """
        return self._read(self.names_mentioning(*texts), flawed)

    def names_mentioning(self, *texts: str) -> list[str]:
        """Return the names of the records in whose files one of the texts stands; none is parsed.

        What is no file to be read mentions nothing.

        Raises:
            StateError: their folder cannot be read.
        """
        wanted = re.compile(b"|".join(re.escape(text.encode()) for text in texts))
        names = record_names(self.folder, nested=self._nested)
        return [name for name in names if wanted.search(self._content(name))]

    def _content(self, name: str) -> bytes:
        try:
            return read_bytes(self.path(name))
        except StateError:
            return b""

    def values_of(self, field: str) -> set[str]:
        """Return what the records have in a field that is a plain word in a line of its own; none is parsed.

        Raises:
            StateError: their folder cannot be read.
        """
        line = re.compile(rb"^%b: (\S+)$" % field.encode(), re.MULTILINE)
        contents = (self._content(name) for name in record_names(self.folder, nested=self._nested))
        return {
            found[1].decode("ascii", "replace") for content in contents for found in line.finditer(content)
        }

    def save(self, record: T) -> None:
        """Write a record.

        Raises:
            StateError: it cannot be written.
        """
        write_record(self.path(self._name_of(record)), self._encode(record))

    def remove(self, name: str) -> None:
        """Remove the record of that name; that there is none is no error.

        Raises:
            StateError: it is still there.
        """
        path = self.path(name)
        try:
            if path.exists():
                files.remove_file(path)
        except OSError as error:
            raise StateError(f"{path}: cannot be removed: {error.strerror}") from error
