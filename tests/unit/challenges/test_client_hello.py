"""What a TLS client asks for, read from what real clients send, and from what none should."""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.challenges.client_hello import ClientHello, read_client_hello

if TYPE_CHECKING:
    from collections.abc import Callable


def hello(server_name: str | None = "www.example.com", *protocols: str) -> bytes:
    """Return what Python's own client begins with."""
    context = ssl.create_default_context()
    context.check_hostname = False
    if protocols:
        context.set_alpn_protocols(protocols)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=server_name)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def in_pieces(data: bytes, size: int) -> Callable[[], bytes]:
    pieces = iter([data[at : at + size] for at in range(0, len(data), size)])
    return lambda: next(pieces, b"")


def in_records(data: bytes, size: int) -> bytes:
    """Return the same message in records of `size` bytes."""
    header, message = data[:3], data[5:]
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(header + len(part).to_bytes(2, "big") + part for part in parts)


@pytest.mark.parametrize("size", [1, 2, 5, 6, 100, 100_000])
def test_however_it_comes(size: int) -> None:
    sent = hello("WWW.Example.com", "acme-tls/1", "h2")
    wanted = ClientHello(("www.example.com",), (b"acme-tls/1", b"h2"))
    assert read_client_hello(in_pieces(sent, size)) == (sent, wanted)
    records = in_records(sent, 7)
    assert read_client_hello(in_pieces(records, size)) == (records, wanted)


def test_without_name_and_protocol() -> None:
    assert read_client_hello(in_pieces(hello(None), 4096))[1] == ClientHello()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x16",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x00\x00" * 10,
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
        b"\x16\x03\x01\x00\x04\x01\x00\x00\x00",
        b"\x16\x03\x01\x40\x00\x01\xff\xff\xff" + b"\0" * 1_000_000,
        hello()[:-1],
        hello()[:60] + b"\xff" * 2000,
        in_records(b"\x16\x03\x01\x00\x00\x01\x00\xff\xff" + b"\0" * 70_000, 1),
    ],
)
def test_what_is_none(sent: bytes) -> None:
    with pytest.raises(ValueError, match=r"no|cut off"):
        read_client_hello(in_pieces(sent, 4096))


GOOD = hello("www.example.com", "acme-tls/1")


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=4), st.integers(1, 600))
def test_whatever_is_changed_in_it_there_is_an_answer(at: int, other: bytes, size: int) -> None:
    changed = GOOD[:at] + other + GOOD[at + len(other) :]
    try:
        received, found = read_client_hello(in_pieces(changed, size))
    except ValueError:
        return
    assert changed.startswith(received)
    assert isinstance(found, ClientHello)


@given(st.binary(max_size=200))
def test_whatever_is_sent_there_is_an_answer(sent: bytes) -> None:
    record = (
        b"\x16\x03\x01" + (len(sent) + 4).to_bytes(2, "big") + b"\x01" + len(sent).to_bytes(3, "big") + sent
    )
    with contextlib.suppress(ValueError):
        assert read_client_hello(in_pieces(record, 64))[0] == record
