"""A name server on one address made to answer on another one as well.

BIND listens on addresses that an interface has; of the loopback network that is 127.0.0.1 alone, and each
name server of a zone needs an address of its own: the port is the same for all.
"""

from __future__ import annotations

import itertools
import socket
import socketserver
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS = 5.0
_LARGEST = 65535


class DnsRelay:
    """Passes messages on, over UDP and TCP (RFC 1035 section 4.2); one answer to each.

    Args:
        here: host and port to listen at.
        there: host and port of the server.
    """

    def __init__(self, here: tuple[str, int], there: tuple[str, int]) -> None:
        self._passed = itertools.count()
        self._servers: list[socketserver.BaseServer] = []
        try:
            self._servers.append(_Datagrams(here, there, self._passed))
            self._servers.append(_Streams(here, there, self._passed))
        except BaseException:
            self.stop()
            raise
        self._threads = [Thread(target=server.serve_forever, args=(0.01,)) for server in self._servers]
        for thread in self._threads:
            thread.start()

    def count(self) -> int:
        """Return how many messages were passed on; ask at the end, for the asking counts as one."""
        return next(self._passed)

    def stop(self) -> None:
        """Stop; nobody answers here then."""
        for server in self._servers:
            if hasattr(self, "_threads"):
                server.shutdown()
            server.server_close()


class _Datagrams(socketserver.ThreadingUDPServer):
    max_packet_size = _LARGEST

    def __init__(self, here: tuple[str, int], there: tuple[str, int], passed: Iterator[int]) -> None:
        self.there, self.passed = there, passed
        super().__init__(here, _DatagramHandler)


class _DatagramHandler(socketserver.BaseRequestHandler):
    server: _Datagrams
    request: tuple[bytes, socket.socket]

    def handle(self) -> None:
        message, back = self.request
        next(self.server.passed)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as upstream, suppress(OSError):
            upstream.settimeout(_SECONDS)
            upstream.connect(self.server.there)
            upstream.send(message)
            back.sendto(upstream.recv(_LARGEST), self.client_address)


class _Streams(socketserver.ThreadingTCPServer):
    allow_reuse_address = True

    def __init__(self, here: tuple[str, int], there: tuple[str, int], passed: Iterator[int]) -> None:
        self.there, self.passed = there, passed
        super().__init__(here, _StreamHandler)


class _StreamHandler(socketserver.StreamRequestHandler):
    server: _Streams
    timeout = _SECONDS

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(self.server.there, _SECONDS) as upstream:
            answers = upstream.makefile("rb")
            with answers:
                while message := _message(self.rfile):
                    next(self.server.passed)
                    upstream.sendall(message)
                    self.wfile.write(_message(answers))


def _message(stream: Any) -> bytes:  # noqa: ANN401 - a binary file, of either kind
    """Return the next message with its length before it; nothing at the end."""
    length: bytes = stream.read(2)
    return length + stream.read(int.from_bytes(length)) if length else b""
