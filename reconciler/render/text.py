"""What all texts are made of: safe names, times, counts, aligned columns, and colours where wanted."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 100
"""How long the lines of prose and of listed names become."""

# What GitHub's runner takes for a command in a log: `::error::` as the first word of a line, and `##[error]`
# anywhere. A line that is wrapped may begin with any word. No IPv6 address has letters beyond f.
# It is compiled when it is needed, which it never is in most runs.
_COMMAND = r"(?i)(?<!\S):(?=:[\w-]*[g-z-])|#(?=#\[)"
_CODE = re.compile(r"`[^`]+`")
_KEPT = "\x1f"  # for a space at which no line ends; nothing that was cleaned has it
_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


class Paint(Struct, frozen=True):
    """Colours by their meaning; none at all when `on` is false. No meaning is in the colour alone."""

    on: bool = False

    def good(self, text: str) -> str:
        """Something is made, or done."""
        return self._paint("32", text)

    def change(self, text: str) -> str:
        """Something takes another's place, or waits."""
        return self._paint("33", text)

    def bad(self, text: str) -> str:
        """Something failed, or is taken away."""
        return self._paint("31", text)

    def strong(self, text: str) -> str:
        """A heading, or the subject."""
        return self._paint("1", text)

    def faint(self, text: str) -> str:
        """What can be skipped."""
        return self._paint("2", text)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text


def clean(text: object) -> str:
    r"""Return a text that cannot act on a terminal: control and bidirectional characters become `\u....`.

    Nor can it act on the runner of a pipeline that reads the log.

    >>> clean("shop\x1b[2J")
    'shop\\x1b[2J'
    >>> clean("::add-mask::e")
    '\\x3a:add-mask::e'
    """
    plain = str(text)
    if not plain.isprintable():
        plain = "".join(each if each.isprintable() else _escape(each) for each in plain)
    if "::" in plain or "##[" in plain:
        plain = re.sub(_COMMAND, lambda found: f"\\x{ord(found[0]):02x}", plain)
    return plain


def one_line(text: str) -> str:
    """Return prose from elsewhere (a CA's detail, say) on one line, cleaned."""
    return clean(" ".join(text.split()))


def time_text(time: datetime) -> str:
    """Return a time for people, in UTC; with seconds only where there are any."""
    utc = time.astimezone(UTC)
    return f"{utc:%Y-%m-%d %H:%M:%S} UTC" if utc.second else f"{utc:%Y-%m-%d %H:%M} UTC"


def duration_text(duration: timedelta) -> str:
    """Return a length of time in its largest whole unit: `90 days`, `36 hours`, `5 minutes`."""
    for word, unit in _UNITS:
        if duration >= unit and not duration % unit:
            return count(duration // unit, word)
    return count(int(duration.total_seconds()), "second")


def stopwatch_text(seconds: float) -> str:
    """Return how long something has lasted: `0:04`, `12:30`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def distance(time: datetime, now: datetime) -> str:
    """Return how far away a time is: `in 30 days`, `3 hours ago`, `now`."""
    away = abs(time - now)
    for word, unit in _UNITS:
        if away >= unit:
            amount = count(away // unit, word)
            return f"in {amount}" if time > now else f"{amount} ago"
    if away < timedelta(seconds=1):
        return "now"
    seconds = count(int(away.total_seconds()), "second")
    return f"in {seconds}" if time > now else f"{seconds} ago"


def count(number: int, noun: str, several: str | None = None) -> str:
    """Return `1 order`, `2 orders`; `several` is for nouns that do not just take an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {several or f'{noun}s'}"


def wrap(text: str, indent: int, width: int = WIDTH) -> list[str]:
    """Return a text in lines that fit once they are indented, broken at spaces only: no name is ever cut.

    What stands between backquotes stays in one line if it fits into one: commands are copied.
    """
    room = max(width - indent, 20)
    whole = _CODE.sub(lambda found: found[0].replace(" ", _KEPT) if len(found[0]) <= room else found[0], text)
    lines = textwrap.wrap(whole, room, break_long_words=False, break_on_hyphens=False)
    return [line.replace(_KEPT, " ") for line in lines]


def names(items: Iterable[object]) -> str:
    """Return names as a list for people, cleaned."""
    return ", ".join(map(clean, items))


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], paint: Paint) -> list[str]:
    """Return aligned columns. Nothing is wrapped or cut, so that every value can be copied.

    By hand, not by rich: it takes three seconds for ten thousand rows, this a fiftieth.
    """
    widths = [max(map(columns, column)) for column in zip(headers, *rows, strict=True)]
    heading, *lines = (_aligned(row, widths) for row in (headers, *rows))
    return [paint.faint(heading), *lines]


def fields(pairs: Iterable[tuple[str, str | Sequence[str] | None]], indent: int, paint: Paint) -> list[str]:
    """Return labels and values below each other. A value may have several lines; None is left out."""
    present = [(label, [value] if isinstance(value, str) else value) for label, value in pairs if value]
    width = max((len(label) for label, _ in present), default=0) + 2
    lines: list[str] = []
    for label, values in present:
        lines.append(" " * indent + paint.faint(label.ljust(width)) + values[0])
        lines += [" " * (indent + width) + each for each in values[1:]]
    return lines


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
