from __future__ import annotations

import ssl

from reconciler.ca.deadline import within
from reconciler.ca.streams import InnerTLSStream
from tests.unit.ca.https_server import AUTHORITY


class Far:
    """What is at the other end of a tunnel: TLS in memory, which comes in one piece as far as it is there."""

    def __init__(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        AUTHORITY.issue_cert("localhost").configure_cert(context)
        self._arrived, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._arrived, self._leaving, server_side=True)
        self._shaken = False

    def send(self, data: bytes) -> None:
        self._arrived.write(data)
        if not self._shaken:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                return
            self._shaken = True

    def receive(self) -> bytes:
        return self._leaving.read()

    def is_readable(self) -> bool:
        return self._leaving.pending > 0

    def close(self) -> None:
        return


def test_what_came_behind_an_answer_in_a_tunnel_is_noticed() -> None:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    far = Far()
    with within(10):
        stream = InnerTLSStream(far, context, "localhost")
        far.tls.write(b"an answer")
        assert stream.receive() == b"an answer"
        assert not stream.is_readable()
        far.tls.write(b"an answer")
        far.tls.write(b"and more")
        assert stream.receive() == b"an answer"
        assert not far.is_readable()
        assert stream.is_readable()
        assert stream.receive() == b"and more"
        assert not stream.is_readable()
