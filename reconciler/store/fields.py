"""Reading the fields of a record, with errors that name the field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from reconciler.errors import StateError

SHA256 = re.compile(r"[0-9a-f]{64}")
ORDER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


class Fields:
    """One mapping of a record; every scalar in it is text, as `yaml.BaseLoader` reads it."""

    def __init__(self, values: object, where: str) -> None:
        """Take `values` as found at `where` (for messages)."""
        if not isinstance(values, Mapping):
            raise StateError(f"{where}: a mapping is expected here")
        self._values = values
        self._where = where

    def has(self, name: str) -> bool:
        """Say whether a field is there."""
        return name in self._values

    def text(self, name: str) -> str:
        """Return a text that has to be there."""
        value = self._values.get(name)
        if not isinstance(value, str):
            raise StateError(f"{self._where}: the field `{name}` is missing, or no text")
        return value

    def optional_text(self, name: str) -> str | None:
        """Return a text, or None where it is not there."""
        return self.text(name) if name in self._values else None

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a whole number."""
        if default is not None and name not in self._values:
            return default
        return self._parsed(name, int, "a whole number")

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
        return self._parsed(name, kind, f"one of {', '.join(kind)}")

    def optional_enum(self, name: str, kind: type[E]) -> E | None:
        """Return a word out of a list, or None where it is not there."""
        return self.enum(name, kind) if name in self._values else None

    def each(self, name: str) -> list[Fields]:
        """Return the mappings of a list; one that is not there is empty."""
        return [
            Fields(value, f"{self._where}, {name}[{index}]") for index, value in enumerate(self._list(name))
        ]

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts of a list; one that is not there is empty."""
        values = self._list(name)
        if not all(isinstance(value, str) for value in values):
            raise StateError(f"{self._where}: the field `{name}` is no list of texts")
        return tuple(values)

    def inner(self, name: str) -> Fields | None:
        """Return a mapping, or None where it is not there."""
        return Fields(self._values[name], f"{self._where}, {name}") if name in self._values else None

    def items(self) -> list[tuple[str, str]]:
        """Return everything, as texts."""
        return [(str(name), self.text(name)) for name in self._values]

    def _list(self, name: str) -> list[Any]:
        values = self._values.get(name, [])
        if not isinstance(values, list):
            raise StateError(f"{self._where}: the field `{name}` is no list")
        return values

    def _parsed(self, name: str, parse: Callable[[str], T], wanted: str) -> T:
        text = self.text(name)
        try:
            return parse(text)
        except ValueError:
            raise StateError(f"{self._where}: the field `{name}` is {text!r}; {wanted} is expected") from None


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
