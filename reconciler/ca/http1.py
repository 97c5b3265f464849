"""One answer of HTTP/1.1 (RFC 9112), read from a stream: as much of it as a CA's answers need, and no more.

The standard library reads line by line and parses headers as those of an e-mail, which takes longer than all
else that a request needs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.ca.failures import NoHttpError
from reconciler.ca.incoming import LONGEST_HEAD, Incoming
from reconciler.ca.texts import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.ca.streams import Stream

_MOST_HEADERS = 100
_STATUS_LINE = re.compile(r"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: (.*))?")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_FOLD = re.compile(rb"\r?\n[ \t]+")
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?", re.DOTALL)
_SWITCHING, _OK = 101, 200
_BODILESS = (204, 304)
# What a proxy says besides a refusal to connect is not asked for.
_BODILESS_METHODS = ("HEAD", "CONNECT")


class Headers(Struct, frozen=True):
    """The headers of an answer, in its order; names in lower case."""

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Headers:
        """Return headers, their names in whatever case."""
        return cls(tuple((name.lower(), value) for name, value in pairs))

    def get(self, name: str) -> str | None:
        """Return a header's value, of several all (RFC 9110 section 5.3); None where there is none."""
        return ", ".join(found) if (found := self.all(name)) else None

    def all(self, name: str) -> list[str]:
        """Return the values of all headers of a name."""
        wanted = name.lower()
        return [value for each, value in self.pairs if each == wanted]


class Reply(Struct, frozen=True):
    """A whole answer.

    Attributes:
        body: one byte more than is allowed, where it is longer than that.
        is_last: whether nothing more can come on this connection.
    """

    status: int
    reason: str
    headers: Headers
    body: bytes
    is_last: bool


def read_reply(stream: Stream, method: str, most: int) -> Reply:
    """Return the answer to a request.

    Args:
        stream: on which the request was sent.
        method: of the request: what has no body depends on it.
        most: bytes of a body.

    Raises:
        NoHttpError: this is none.
        EOFError: it broke off.
        ConnectionResetError: there is none.
        OSError: the connection broke.
    """
    incoming = Incoming(stream)
    left = LONGEST_HEAD
    while True:
        head = incoming.head(left)
        minor, status, reason, headers = _parsed(head)
        # Of interim answers any number may come, and none of them matters (RFC 9110 section 15.2).
        if status >= _OK or status == _SWITCHING:
            break
        left -= len(head)
    body, is_last = _body(incoming, method, status, headers, most)
    closes = minor < 1 or "close" in (headers.get("Connection") or "").lower()
    # What comes unasked would be taken for the next answer.
    return Reply(status, reason, headers, body, is_last or closes or incoming.has_more)


def _parsed(head: bytes) -> tuple[int, int, str, Headers]:
    """Return the minor version, status, reason and headers in a head (RFC 9112 sections 4 and 5)."""
    # Both MUST not be taken as they are (RFC 9110 section 5.5, RFC 9112 section 2.2).
    if b"\0" in head or head.count(b"\r") != head.count(b"\r\n"):
        raise NoHttpError("there is a NUL, or a bare carriage return, in its headers")
    if b"\n " in head or b"\n\t" in head:
        head = _FOLD.sub(b" ", head)
    first, *lines = head.decode("latin-1").split("\n")
    status_line = _STATUS_LINE.fullmatch(first.rstrip("\r"))
    if status_line is None:
        raise NoHttpError(f"its first line is no status line: {clean(first, 60)!r}")
    if len(lines) > _MOST_HEADERS:
        raise NoHttpError(f"it has more than {_MOST_HEADERS} headers")
    pairs = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name):
            raise NoHttpError(f"a header has no name: {clean(line, 60)!r}")
        pairs.append((name, value.strip(" \t\r")))
    return int(status_line[1]), int(status_line[2]), status_line[3] or "", Headers.of(pairs)


def _body(incoming: Incoming, method: str, status: int, headers: Headers, most: int) -> tuple[bytes, bool]:
    """Return the body of an answer, and whether nothing can come after it (RFC 9112 section 6.3)."""
    if status < _OK:  # from here on it is another protocol, which nobody has asked for
        return b"", True
    if method in _BODILESS_METHODS or status in _BODILESS:
        return b"", False
    encoding, said = headers.get("Transfer-Encoding"), headers.get("Content-Length")
    if encoding is not None:
        if encoding.lower() != "chunked":
            raise NoHttpError(f"it is transferred as {clean(encoding, 40)!r}, unasked")
        if said is not None:
            raise NoHttpError("it is in chunks, and has a length as well")
        body = _chunks(incoming, most)
        return body, len(body) > most
    if said is None:
        return incoming.rest(most), True
    if not _LENGTH.fullmatch(said):
        raise NoHttpError(f"its length is {clean(said, 60)!r}")
    length = int(said)
    return incoming.exactly(min(length, most + 1)), length > most


def _chunks(incoming: Incoming, most: int) -> bytes:
    """Return a body in chunks (RFC 9112 section 7.1); the trailer section is read, and ignored."""
    body = bytearray()
    while True:
        found = _CHUNK_SIZE.fullmatch(incoming.line())
        if found is None:
            raise NoHttpError("a chunk of its body has no size")
        size = int(found[1], 16)
        if size == 0:
            break
        body += incoming.exactly(min(size, most + 1 - len(body)))
        if len(body) > most:
            return bytes(body)
        if incoming.line():
            raise NoHttpError("a chunk of its body has another size than it says")
    left = LONGEST_HEAD
    while line := incoming.line():
        left -= len(line)
        if left < 0:
            raise NoHttpError(f"its trailer has more than {LONGEST_HEAD} bytes")
    return bytes(body)
