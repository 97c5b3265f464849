"""What a TLS client asks for, read before anything is answered (RFC 8446 section 4.1.2).

Python's `ssl` completes a handshake with a client that offers no protocol by ALPN, or another. The
certificate of a challenge is for those only who ask for nothing else, so they are told apart here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# A ClientHello with keys against quantum computers has about 2 KiB.
_MOST = 16 * 1024
_HANDSHAKE = 22
_CLIENT_HELLO = 1
_RECORD_HEADER = 5
_MESSAGE_HEADER = 4
_RANDOM = 32
_SERVER_NAME = 0
_ALPN = 16


@dataclass(frozen=True, slots=True)
class ClientHello:
    """Server names in lower case (RFC 6066 section 3) and protocols (RFC 7301), as the client lists them."""

    server_names: tuple[str, ...] = ()
    protocols: tuple[bytes, ...] = ()


def read_client_hello(receive: Callable[[], bytes]) -> tuple[bytes, ClientHello]:
    """Read until the ClientHello is whole; return all that was read, and what it says.

    Args:
        receive: returns what has come next, nothing at the end.

    Raises:
        ValueError: this is no ClientHello, or one that is too long.
    """
    received = b""
    while len(received) <= _MOST:
        chunk = receive()
        if not chunk:
            break
        received += chunk
        message = _handshake_message(received)
        if message is not None:
            return received, _parse(message)
    raise ValueError("no whole ClientHello")


class _Reader:
    """Takes a text of bytes apart from its start (RFC 8446 section 3.4)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        """Return the next bytes; raise ValueError if there are fewer."""
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise ValueError("cut off")
        self._at += count
        return taken

    def number(self, size: int) -> int:
        """Return a number of so many bytes."""
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> _Reader:
        """Return a vector, whose length comes before it in so many bytes."""
        return _Reader(self.take(self.number(size)))

    def rest(self) -> bytes:
        """Return all that is left."""
        return self.take(len(self._data) - self._at)


def _handshake_message(received: bytes) -> bytes | None:
    """Return the first message, put together from its records (section 5.1); None if more must come."""
    records, message = received, b""
    while len(records) >= _RECORD_HEADER:
        end = _RECORD_HEADER + int.from_bytes(records[3:_RECORD_HEADER], "big")
        if records[0] != _HANDSHAKE or end == _RECORD_HEADER:
            raise ValueError("no handshake")
        message += records[_RECORD_HEADER:end]
        if message and message[0] != _CLIENT_HELLO:
            raise ValueError("no ClientHello")
        whole = _MESSAGE_HEADER + int.from_bytes(message[1:_MESSAGE_HEADER], "big")
        if len(message) >= max(whole, _MESSAGE_HEADER):
            return message[_MESSAGE_HEADER:whole]
        if len(records) < end:
            return None
        records = records[end:]
    return None


def _parse(message: bytes) -> ClientHello:
    reader = _Reader(message)
    reader.take(2 + _RANDOM)
    reader.vector(1)  # session
    reader.vector(2)  # cipher suites
    reader.vector(1)  # compression
    names: list[str] = []
    protocols: list[bytes] = []
    extensions = reader.vector(2) if reader else _Reader(b"")
    while extensions:
        kind, content = extensions.number(2), extensions.vector(2)
        if kind == _SERVER_NAME:
            names += _server_names(content.vector(2))
        elif kind == _ALPN:
            protocols += _protocols(content.vector(2))
    return ClientHello(tuple(names), tuple(protocols))


def _server_names(listed: _Reader) -> list[str]:
    names = []
    while listed:
        listed.take(1)  # the kind: host_name is the only one there is
        names.append(listed.vector(2).rest().decode("latin-1").lower())
    return names


def _protocols(listed: _Reader) -> list[bytes]:
    protocols = []
    while listed:
        protocols.append(listed.vector(1).rest())
    return protocols
