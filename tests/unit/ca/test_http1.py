from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.ca.failures import NoHttpError
from reconciler.ca.http1 import Headers, Reply, read_reply
from reconciler.ca.incoming import LONGEST_HEAD

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 1000


class Pieces:
    """A stream that brings what it is given, piece by piece, and then ends."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    def send(self, data: bytes) -> None:
        raise AssertionError(data)

    def receive(self) -> bytes:
        return next(self._pieces, b"")

    def is_readable(self) -> bool:
        return False

    def close(self) -> None:
        return


def read(*pieces: bytes, method: str = "POST") -> Reply:
    return read_reply(Pieces(pieces), method, MOST)


def single(content: bytes) -> list[bytes]:
    return [content[index : index + 1] for index in range(len(content))]


CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: Chunked\r\n\r\n"
LENGTH = b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello"
WHOLE = {
    "length": LENGTH,
    "chunks": CHUNKED + b"1\r\nh\r\n004;a=b\r\nello\r\n0\r\n\r\n",
    "a space behind a size": CHUNKED + b"5 \r\nhello\r\n0\r\n\r\n",
    "trailer": CHUNKED + b"5\r\nhello\r\n0\r\nReplay-Nonce: a\r\nB: c\r\n\r\n",
    "line feeds": LENGTH.replace(b"\r\n", b"\n"),
    "after an interim answer": b"HTTP/1.1 100 Continue\r\n\r\n" + LENGTH,
    "after several": b"HTTP/1.1 102 \r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + LENGTH,
}


@pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE)
def test_an_answer_is_the_same_in_whatever_pieces_it_comes(answer: bytes) -> None:
    whole = read(answer)
    assert (whole.status, whole.reason, whole.body, whole.is_last) == (201, "Created", b"hello", False)
    assert read(*single(answer)) == whole


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 200 OK\r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi, and more", b"hi"),
        (b"HTTP/1.1 204 None\r\n\r\nmore", b""),
        (b"HTTP/1.1 101 Switching\r\n\r\n", b""),
    ],
    ids=["old", "close", "without length", "unasked", "body of no body", "other protocol"],
)
def test_after_some_answers_nothing_more_can_come(answer: bytes, body: bytes) -> None:
    reply = read(answer)
    assert (reply.body, reply.is_last) == (body, True)


@pytest.mark.parametrize(
    ("method", "status"),
    [("HEAD", 200), ("HEAD", 404), ("GET", 204), ("GET", 304), ("CONNECT", 200), ("CONNECT", 403)],
)
def test_some_answers_have_no_body_whatever_they_say(method: str, status: int) -> None:
    reply = read(f"HTTP/1.1 {status} \r\nContent-Length: 7\r\n\r\n".encode(), method=method)
    assert (reply.status, reply.body, reply.is_last) == (status, b"", False)


def test_headers_by_name() -> None:
    reply = read(
        b"HTTP/1.1 200 \xfcberhaupt\r\nlink: <a>\r\nLINK:\t<b> \r\nX-Folded: one\r\n two\r\nEmpty:\r\n"
        b"Name: M\xfcller\x85\r\nContent-Length: 0\r\n\r\n"
    )
    assert reply.reason == "\xfcberhaupt"
    assert reply.headers.all("Link") == ["<a>", "<b>"]
    assert reply.headers.get("Link") == "<a>, <b>"
    assert reply.headers.get("x-folded") == "one two"
    assert reply.headers.get("Empty") == ""
    assert reply.headers.get("name") == "M\xfcller\x85"
    assert reply.headers.get("Location") is None
    assert Headers.of([("A", "b")]).get("a") == "b"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "no status line"),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", "no status line"),
        (b"HTTP/2 200\r\n\r\n", "no status line: 'HTTP/2 200'"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "no status line"),
        (b"HTTP/1.1  200 OK\r\n\r\n", "no status line"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "a header has no name: 'no colon'"),
        (b"HTTP/1.1 200 OK\r\nReplay-Nonce : a\r\n\r\n", "a header has no name"),
        (b"HTTP/1.1 200 OK\r\n: a\r\n\r\n", "a header has no name"),
        (b"HTTP/1.1 200 OK\r\n\xe9: a\r\n\r\n", "a header has no name"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 101 + b"\r\n", "more than 100 headers"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"b" * LONGEST_HEAD + b"\r\n\r\n", "more than 131072 bytes"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"b" * 2 * LONGEST_HEAD, "more than 131072 bytes"),
        (b"HTTP/1.1 100 \r\n\r\n" * LONGEST_HEAD, "more than 131072 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "its length is '-1'"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1 000\r\n\r\n", "its length is"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", "its length is"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", "its length is '1, 1'"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "its length is '1, 2'"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "transferred as 'gzip, chunked'"),
        (b"HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", "a NUL, or a bare carriage return"),
        (b"HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "a NUL, or a bare carriage return"),
        (
            CHUNKED.replace(b"Tr", b"Content-Length: 9\r\nTr") + b"5\r\nhello\r\n0\r\n\r\n",
            "in chunks, and has",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "has no size"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "has no size"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n", "has no size"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "has no size"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "another size"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 5000, "a line .* too long"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: b\r\n" * LONGEST_HEAD,
            "its trailer has more than",
        ),
    ],
)
def test_what_is_no_http_is_refused(answer: bytes, message: str) -> None:
    with pytest.raises(NoHttpError, match=message):
        read(answer)


@pytest.mark.parametrize(
    "answer",
    [
        b"HT",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1",
    ],
)
def test_what_breaks_off_is_told_from_what_is_whole(answer: bytes) -> None:
    with pytest.raises(EOFError):
        read(answer)
    with pytest.raises(EOFError):
        read(*single(answer))


def test_no_answer_at_all_is_a_connection_that_was_closed() -> None:
    with pytest.raises(ConnectionResetError):
        read()


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % 10**17,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % 10**17,
        b"HTTP/1.0 200 OK\r\n\r\n",
    ],
    ids=["length", "chunk", "until closed"],
)
def test_of_a_long_body_one_byte_too_many_is_read(head: bytes) -> None:
    def endless() -> Iterable[bytes]:
        yield head
        for _ in range(5):
            yield b"x" * 500
        raise AssertionError

    reply = read_reply(Pieces(endless()), "GET", MOST)
    assert (len(reply.body), reply.is_last) == (MOST + 1, True)
