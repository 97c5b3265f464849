"""HTTP messages as a proxy sees them: a head and a body, passed on as they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

Headers = tuple[tuple[str, str], ...]

# Of one connection, or counted anew: what a proxy does not pass on (RFC 9110 section 7.6.1).
_HOP_BY_HOP = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has arrived."""

    method: str
    path: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is to be sent."""

    status: int = HTTPStatus.OK
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the value of a header."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def without(self, *names: str) -> Answer:
        """Return it without some headers."""
        gone = {each.lower() for each in names}
        return replace(self, headers=tuple(each for each in self.headers if each[0].lower() not in gone))

    def having(self, *headers: tuple[str, str]) -> Answer:
        """Return it with these headers in the place of those of the same names."""
        kept = self.without(*(name for name, _ in headers))
        return replace(kept, headers=(*kept.headers, *headers))

    def head(self) -> bytes:
        """Return status line and headers, with the length of the body."""
        reason = HTTPStatus(self.status).phrase
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode("latin-1")


def end_to_end(headers: Headers) -> Headers:
    """Return the headers that are passed on."""
    return tuple(each for each in headers if each[0].lower() not in _HOP_BY_HOP)


def read_request(stream: BinaryIO) -> Request | None:
    """Read a request with its body; None where the connection has ended, or no request comes."""
    line = stream.readline().decode("latin-1").split()
    if len(line) != 3:
        return None
    headers: list[tuple[str, str]] = []
    while (each := stream.readline().decode("latin-1")) not in ("\r\n", "\n", ""):
        name, _, value = each.partition(":")
        headers.append((name.strip(), value.strip()))
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    return Request(line[0], line[1], tuple(headers), stream.read(length) if length else b"")
