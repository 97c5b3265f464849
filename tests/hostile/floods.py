"""Answers without measure: what a server can send to fill memory, or to take time for ever."""

from __future__ import annotations

import gzip
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.unit.ca.https_server import Connection

_MEBIBYTE = 1 << 20
_HUNDRED = 100 * _MEBIBYTE
_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"


def _times(piece: bytes, size: int) -> Iterator[bytes]:
    block = piece * max(1, _MEBIBYTE // len(piece))
    for _ in range(size // len(block) + 1):
        yield block


def _with_length() -> Iterator[bytes]:
    yield _OK + f"Content-Length: {_HUNDRED}\r\n\r\n".encode()
    yield from _times(b"x", _HUNDRED)


def _without_length() -> Iterator[bytes]:
    yield b"HTTP/1.0 200 OK\r\n\r\n"
    yield from _times(b"x", _HUNDRED)


def _one_chunk() -> Iterator[bytes]:
    yield _CHUNKED + f"{_HUNDRED:x}\r\n".encode()
    yield from _times(b"x", _HUNDRED)


def _tiny_chunks() -> Iterator[bytes]:
    yield _CHUNKED
    yield from _times(b"1\r\nx\r\n", _HUNDRED)


def _headers() -> Iterator[bytes]:
    yield _OK
    yield from _times(b"X-Flood: " + b"x" * 1000 + b"\r\n", _HUNDRED)


def _one_header() -> Iterator[bytes]:
    yield _OK + b"X-Flood: "
    yield from _times(b"x", 10 * _MEBIBYTE)
    yield b"\r\n\r\n"


def _many_headers() -> Iterator[bytes]:
    yield _OK
    yield b"".join(b"X-%d: y\r\n" % number for number in range(100_000))
    yield b"Content-Length: 2\r\n\r\n{}"


def _full_headers() -> Iterator[bytes]:
    yield _OK
    yield b"".join(b"X-%d: %s\r\n" % (number, b"y" * 65_000) for number in range(98))
    yield b"Content-Length: 2\r\n\r\n{}"


def _trailers() -> Iterator[bytes]:
    yield _CHUNKED + b"2\r\n{}\r\n0\r\n"
    while True:
        yield b"X-Flood: x\r\n" * 1000


def _one_trailer() -> Iterator[bytes]:
    yield _CHUNKED + b"2\r\n{}\r\n0\r\nX: "
    yield from _times(b"x", _HUNDRED)


def _chunk_extension() -> Iterator[bytes]:
    yield _CHUNKED + b"2;x="
    yield from _times(b"x", _HUNDRED)


def _status_line() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 "
    yield from _times(b"x", _HUNDRED)


def _interim() -> Iterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 1000


def _interim_headers() -> Iterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n" + b"X-Flood: x\r\n" * 90 + b"\r\n"


def _early_hints() -> Iterator[bytes]:
    while True:
        yield b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 1000


@cache
def _bomb() -> bytes:
    return gzip.compress(b"\0" * _HUNDRED, 1)


def _gzip() -> Iterator[bytes]:
    yield _OK + f"Content-Encoding: gzip\r\nContent-Length: {len(_bomb())}\r\n\r\n".encode()
    yield _bomb()


def _json(start: bytes, piece: bytes, end: bytes) -> Callable[[], Iterator[bytes]]:
    def parts() -> Iterator[bytes]:
        body = start + piece * ((_MEBIBYTE - 100 - len(start) - len(end)) // len(piece)) + end
        yield _OK + f"Content-Length: {len(body)}\r\n\r\n".encode()
        yield body

    return parts


FLOODS: dict[str, Callable[[], Iterator[bytes]]] = {
    "100 MB with a length": _with_length,
    "100 MB without a length": _without_length,
    "a chunk of 100 MB": _one_chunk,
    "100 MB in tiny chunks": _tiny_chunks,
    "100 MB of headers": _headers,
    "a header of 10 MB": _one_header,
    "100,000 headers": _many_headers,
    "98 headers of 65 kB": _full_headers,
    "endless trailers": _trailers,
    "a trailer of 100 MB": _one_trailer,
    "a chunk extension of 100 MB": _chunk_extension,
    "a status line of 100 MB": _status_line,
    "endless interim answers": _interim,
    "endless interim answers with headers": _interim_headers,
    "early hints": _early_hints,
    "a gzip bomb": _gzip,
    "empty arrays": _json(b'{"orders": [', b"[],", b"[]]}"),
    "empty objects": _json(b'{"orders": [', b"{},", b"{}]}"),
    "numbers": _json(b'{"orders": [', b"1,", b"1]}"),
    "members": _json(b'{"a": ', b'{"b":', b"1"),
    "deep arrays": _json(b"", b"[", b""),
    "one text": _json(b'{"status": "', b"x", b'"}'),
    "escapes": _json(b'{"status": "', b"\\ud83d\\ude00", b'"}'),
}


def flood(name: str) -> Callable[[Connection], None]:
    """Return a reply that sends it."""

    def send(connection: Connection) -> None:
        for part in FLOODS[name]():
            connection.send(part)

    return send
