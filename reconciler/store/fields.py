"""Reading the fields of a record, with errors that name the field."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler import files

if TYPE_CHECKING:
    from collections.abc import Callable

SHA256 = re.compile(r"[0-9a-f]{64}")
ORDER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_NUMBER = re.compile(r"[0-9]{1,9}")
_LONGEST = 200  # of what a message repeats
_URL = re.compile(r"(?i:https)://[!-~]{1,2040}")

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


Step = str | int


class FieldError(Exception):
    """A field is not what it should be; whoever reads the record says in which file, and in which line."""

    def __init__(self, place: tuple[Step, ...], what: str) -> None:
        """Take the place, from the top of the record, and what is wrong there."""
        super().__init__(what)
        self.place = place


class Fields:
    """One mapping of a record; every scalar in it is text, as `yaml.BaseLoader` reads it.

    All that is not as asked for raises `FieldError`.
    """

    def __init__(self, values: object, place: tuple[Step, ...] = ()) -> None:
        """Take `values` as found at a place in the record."""
        if not isinstance(values, dict):
            what = f"the field `{_dotted(place)}` is no mapping" if place else "it is no mapping of fields"
            raise FieldError(place, what)
        self._values = values
        self._place = place

    def wrong(self, name: str, what: str) -> FieldError:
        """Return what says that a field is wrong, as the end of a sentence: `is ...`."""
        place = (*self._place, name)
        return FieldError(place, f"the field `{_dotted(place)}` {what}")

    def has(self, name: str) -> bool:
        """Say whether a field is there."""
        return name in self._values

    def text(self, name: str) -> str:
        """Return a text that has to be there."""
        value = self._values.get(name)
        if not isinstance(value, str):
            raise self.wrong(name, "is missing, or no text")
        return value

    def optional_text(self, name: str) -> str | None:
        """Return a text, or None where it is not there."""
        return self.text(name) if name in self._values else None

    def name(self, name: str) -> str:
        """Return the name of a resource, which becomes a part of paths."""
        return self._parsed(name, _inner_path, "a name that can be a part of a path")

    def url(self, name: str) -> str:
        """Return a URL that requests go to."""
        return self._parsed(name, _https, "a URL that begins with https://")

    def optional_url(self, name: str) -> str | None:
        """Return a URL that requests go to, or None where it is not there."""
        return self.url(name) if name in self._values else None

    def urls(self, name: str) -> tuple[str, ...]:
        """Return the URLs of a list; one that is not there is empty."""
        found = self.texts(name)
        if not all(map(_URL.fullmatch, found)):
            raise self.wrong(name, "is no list of URLs that begin with https://")
        return found

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a whole number."""
        if default is not None and name not in self._values:
            return default
        return self._parsed(name, _whole, "a whole number")

    def optional_whole(self, name: str) -> int | None:
        """Return a whole number, or None where it is not there."""
        return self.whole(name) if name in self._values else None

    def flag(self, name: str) -> bool:
        """Return a truth value; one that is not there is false."""
        return name in self._values and self._parsed(name, _flag, "true or false")

    def order_id(self, name: str) -> str:
        """Return the id of an order."""
        return self._parsed(name, _order_id, "an order's id")

    def optional_digest(self, name: str) -> str | None:
        """Return a SHA-256 (hex), or None where it is not there."""
        return self._parsed(name, _digest, "a SHA-256 in hexadecimal") if name in self._values else None

    def time(self, name: str) -> datetime:
        """Return a time in UTC."""
        return self._parsed(name, parse_time, "a time such as 2026-01-31T12:00:00Z")

    def optional_time(self, name: str) -> datetime | None:
        """Return a time in UTC, or None where it is not there."""
        return self.time(name) if name in self._values else None

    def enum(self, name: str, kind: type[E]) -> E:
        """Return a word out of a list."""
        text = self.text(name)
        try:
            return kind(text)
        except ValueError:
            raise self._unexpected(name, text, f"one of {', '.join(kind)}") from None

    def optional_enum(self, name: str, kind: type[E]) -> E | None:
        """Return a word out of a list, or None where it is not there."""
        return self.enum(name, kind) if name in self._values else None

    def each(self, name: str) -> list[Fields]:
        """Return the mappings of a list; one that is not there is empty."""
        return [Fields(value, (*self._place, name, index)) for index, value in enumerate(self._list(name))]

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts of a list; one that is not there is empty."""
        values = self._list(name)
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(name, "is no list of texts")
        return tuple(values)

    def inner(self, name: str) -> Fields | None:
        """Return a mapping, or None where it is not there."""
        return Fields(self._values[name], (*self._place, name)) if name in self._values else None

    def of_files(self) -> dict[str, str]:
        """Return all texts, by the names of files that lie in one folder."""
        for name in self._values:
            if not _is_file_name(name):
                what = f"`{_shortened(name)}` in `{_dotted(self._place)}` is not the name of a file alone"
                raise FieldError((*self._place, name), what)
        return {sys.intern(name): self.text(name) for name in self._values}

    def _list(self, name: str) -> list[Any]:
        values = self._values.get(name, [])
        if not isinstance(values, list):
            raise self.wrong(name, "is no list")
        return values

    def _parsed(self, name: str, parse: Callable[[str], T], wanted: str) -> T:
        text = self.text(name)
        try:
            return parse(text)
        except (ValueError, OverflowError):
            raise self._unexpected(name, text, wanted) from None

    def _unexpected(self, name: str, text: str, wanted: str) -> FieldError:
        return self.wrong(name, f"is {_shortened(text)!r}; {wanted} is expected")


def _dotted(place: tuple[Step, ...]) -> str:
    parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return _shortened("".join(parts).removeprefix("."))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _is_inner_path(text: str) -> bool:
    return files.is_inner_path(text) and text.isprintable() and "\\" not in text


@lru_cache(64)
def _is_file_name(text: str) -> bool:
    # All certificates have the same few.
    return "/" not in text and _is_inner_path(text)


@lru_cache(1024)
def _inner_path(text: str) -> str:
    # Thousands of records name the same few roles and accounts.
    if not _is_inner_path(text):
        raise ValueError(text)
    return text


def _https(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(text)
    return text


def _whole(text: str) -> int:
    # Waiting times are powers of some of them.
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _order_id(text: str) -> str:
    if not ORDER_ID.fullmatch(text):
        raise ValueError(text)
    return text


def _digest(text: str) -> str:
    if not SHA256.fullmatch(text):
        raise ValueError(text)
    return text


def parse_time(text: str) -> datetime:
    """Return the time that `text` says, in UTC; raises ValueError."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError(text) from None


def format_time(time: datetime) -> str:
    """Return a time as records have it: UTC, to the microsecond where it matters."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
