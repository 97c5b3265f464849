"""Members of a JSON object that a CA sent, by name and type; an error names the member's place."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from reconciler.ca.failures import GarbledAnswerError
from reconciler.ca.json_reader import JsonError, parse
from reconciler.ca.texts import clean, first_words, https_url
from reconciler.errors import ProtocolError
from reconciler.model.order import Status

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.ca.transport import Answer

_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_T = TypeVar("_T")
_TYPES: dict[type, str] = {str: "a text", bool: "true or false", list: "a list", dict: "an object"}


class Fields(Struct, frozen=True):
    """One JSON object.

    A member that is null counts as absent: CAs write both for "there is none".

    Attributes:
        members: the object.
        url: where it came from.
        where: its place in the answer, for messages: empty, or like `challenges[1].`.
    """

    members: dict[str, Any]
    url: str
    where: str = ""

    def error(self, name: str, what: str) -> ProtocolError:
        """Return the error for a member."""
        return ProtocolError(f"{self.url}: the answer's `{self.where}{name}` {what}")

    def text(self, name: str) -> str | None:
        """Return a text, or None."""
        return self._typed(name, str)

    def flag(self, name: str) -> bool:
        """Return a boolean, or False."""
        return bool(self._typed(name, bool))

    def needed(self, name: str) -> str:
        """Return a text that must be there."""
        value = self.text(name)
        if not value:
            raise self.error(name, "is missing")
        return value

    def url_text(self, name: str) -> str | None:
        """Return an https URL, or None."""
        value = self.text(name)
        return None if value is None else self.checked_url(name, value)

    def usable_url(self, name: str) -> str | None:
        """Return an https URL; None for anything else, where nothing is lost but what it leads to."""
        try:
            return self.url_text(name)
        except ProtocolError:
            return None

    def needed_url(self, name: str) -> str:
        """Return an https URL that must be there."""
        return self.checked_url(name, self.needed(name))

    def checked_url(self, name: str, value: object) -> str:
        """Return `value` if it is an https URL."""
        if not isinstance(value, str):
            raise self.error(name, "is not a text")
        https_url(value, f"{self.url}: the answer's `{self.where}{name}`")
        return value

    def items(self, name: str, most: int = 1000) -> list[Any]:
        """Return a list that must be there, of at most `most` elements."""
        value = self._typed(name, list)
        if value is None:
            raise self.error(name, "is missing")
        if len(value) > most:
            raise self.error(name, f"has {len(value)} elements; more than {most} are not looked at")
        return value

    def child(self, name: str) -> Fields | None:
        """Return an object, or None."""
        value = self._typed(name, dict)
        return None if value is None else Fields(value, self.url, f"{self.where}{name}.")

    def objects(self, name: str, most: int = 1000) -> list[Fields]:
        """Return a list of objects that must be there, of at most `most` elements."""
        members = self.items(name, most)
        for index, each in enumerate(members):
            if not isinstance(each, dict):
                raise self.error(f"{name}[{index}]", "is not an object")
        return [Fields(each, self.url, f"{self.where}{name}[{index}].") for index, each in enumerate(members)]

    def status(self, allowed: Collection[Status]) -> Status:
        """Return the `status`, which must be one of those that the kind of object can have."""
        value = self.needed("status")
        if value not in allowed:
            raise self.error("status", f"is {clean(value, 60)!r}, which is not known for it")
        return Status(value)

    def needed_date(self, name: str) -> datetime:
        """Return a time (RFC 3339) in UTC that must be there."""
        value = self.date(name)
        if value is None:
            raise self.error(name, "is missing")
        return value

    def date(self, name: str) -> datetime | None:
        """Return a time (RFC 3339) in UTC, or None; the zero time of some servers counts as none."""
        value = self.text(name)
        if not value or value.startswith("0001-01-01T00:00:00"):
            return None
        try:
            if _DATE.fullmatch(value):
                return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise self.error(name, f"is no time as of RFC 3339: {clean(value, 60)!r}")

    def _typed(self, name: str, kind: type[_T]) -> _T | None:
        value = self.members.get(name)
        if value is not None and not isinstance(value, kind):
            raise self.error(name, f"is not {_TYPES[kind]}")
        return value


def fields_of(answer: Answer) -> Fields:
    """Return the JSON object that an answer is.

    Raises:
        GarbledAnswerError: when it is none.
    """
    try:
        document = parse(answer.body)
    except JsonError as error:
        raise GarbledAnswerError(f"{answer.url}: the answer {error}: {_start(answer)}") from None
    if not isinstance(document, dict):
        raise GarbledAnswerError(f"{answer.url}: the answer is JSON, but no object: {_start(answer)}")
    return Fields(document, answer.url)


def _start(answer: Answer) -> str:
    return repr(first_words(answer.body, tags=True))
