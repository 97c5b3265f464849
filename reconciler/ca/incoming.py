"""What arrives on a connection, taken piece by piece, and never more of it than there may be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.ca.failures import NoHttpError

if TYPE_CHECKING:
    from reconciler.ca.streams import Stream

LONGEST_HEAD = 1 << 17
"""Of an answer: bytes of status line and headers, interim answers included."""

_LONGEST_LINE = 1 << 12
# Some servers end their lines without a carriage return (RFC 9112 section 2.2).
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


class Incoming:
    """What has arrived, taken piece by piece."""

    def __init__(self, stream: Stream) -> None:
        """Begin with nothing."""
        self._stream = stream
        self._kept = bytearray()

    @property
    def has_more(self) -> bool:
        """Whether something has arrived that was not taken."""
        return bool(self._kept)

    def head(self, most: int) -> bytes:
        """Take all up to the first blank line, which is dropped.

        Raises:
            NoHttpError: it has more than `most` bytes, or does not begin as HTTP does.
            ConnectionResetError: nothing came at all.
            EOFError: it broke off.
        """
        if not self._kept and not self._receive():
            raise ConnectionResetError("the connection was closed")
        searched = 0
        while not (end := _BLANK_LINE.search(self._kept, searched)) and len(self._kept) <= most:
            if not b"HTTP/".startswith(bytes(self._kept[:5])):
                raise NoHttpError("its first line is no status line")
            searched = max(len(self._kept) - 3, 0)
            self._receive_more()
        if end is None or end.start() > most:
            raise NoHttpError(f"its headers have more than {LONGEST_HEAD} bytes")
        head = self._taken(end.start())
        del self._kept[: end.end() - end.start()]
        return head

    def line(self) -> bytes:
        """Take a line, and return it without its end."""
        while (end := self._kept.find(b"\n")) < 0 and len(self._kept) <= _LONGEST_LINE:
            self._receive_more()
        if not 0 <= end <= _LONGEST_LINE:
            raise NoHttpError("a line in its body is too long")
        return self._taken(end + 1).rstrip(b"\r\n")

    def exactly(self, count: int) -> bytes:
        """Take so many bytes."""
        while len(self._kept) < count:
            self._receive_more()
        return self._taken(count)

    def rest(self, most: int) -> bytes:
        """Take all until the connection is closed, or one byte more than `most`."""
        while len(self._kept) <= most and self._receive():
            pass
        return self._taken(most + 1)

    def _taken(self, count: int) -> bytes:
        taken = bytes(self._kept[:count])
        del self._kept[:count]
        return taken

    def _receive_more(self) -> None:
        if not self._receive():
            raise EOFError

    def _receive(self) -> bool:
        data = self._stream.receive()
        self._kept += data
        return bool(data)
