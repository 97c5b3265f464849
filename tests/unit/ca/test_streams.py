"""TLS inside of another stream, whose other side is in memory."""

from __future__ import annotations

import ssl
from contextlib import suppress

import pytest

from reconciler.ca.streams import InnerTLSStream
from reconciler.ca.tls import client_context
from tests.unit.ca.https_server import AUTHORITY, TRUSTED


class OtherSide:
    """A stream to a server of TLS; all that it has said arrives at once."""

    def __init__(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        AUTHORITY.issue_cert("localhost").configure_cert(context)
        self._heard, self._said = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._heard, self._said, server_side=True)

    def send(self, data: bytes) -> None:
        self._heard.write(data)
        with suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()

    def receive(self) -> bytes:
        return self._said.read()

    def is_readable(self) -> bool:
        return self._said.pending > 0

    def close(self) -> None:
        raise AssertionError("nobody has asked for that")


@pytest.mark.parametrize("ends", [False, True])
def test_what_came_together_with_an_answer_is_noticed(*, ends: bool) -> None:
    other = OtherSide()
    stream = InnerTLSStream(other, client_context(TRUSTED), "localhost")
    other.tls.write(b"the answer")
    if ends:
        with suppress(ssl.SSLWantReadError):
            other.tls.unwrap()
    assert stream.receive() == b"the answer"
    assert not other.is_readable()
    assert stream.is_readable() is ends
