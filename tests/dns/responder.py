"""A name server that answers as a test wants it, well or badly."""

from __future__ import annotations

import socketserver
from threading import Thread
from typing import TYPE_CHECKING, Self

from tools.ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    Answer = Callable[[bytes], list[bytes]]


class _Udp(socketserver.ThreadingUDPServer):
    answer: Answer


class _Tcp(socketserver.ThreadingTCPServer):
    answer: Answer
    allow_reuse_address = True


class _UdpHandler(socketserver.BaseRequestHandler):
    server: _Udp

    def handle(self) -> None:
        message, back = self.request
        for answer in self.server.answer(message):
            back.sendto(answer, self.client_address)


class _TcpHandler(socketserver.StreamRequestHandler):
    server: _Tcp
    timeout = 5

    def handle(self) -> None:
        length = self.rfile.read(2)
        for answer in self.server.answer(self.rfile.read(int.from_bytes(length))):
            self.wfile.write(answer)


class Responder:
    """Answers each message by a function: to UDP with datagrams, to TCP with bytes (length and all)."""

    def __init__(self, udp: Answer, tcp: Answer | None = None) -> None:
        self._servers: list[socketserver.BaseServer] = []
        streams = _Tcp((LOOPBACK, 0), _TcpHandler)
        streams.answer = tcp or (lambda _: [])
        self.port: int = streams.server_address[1]
        datagrams = _Udp((LOOPBACK, self.port), _UdpHandler)
        datagrams.answer = udp
        self._servers = [streams, datagrams]
        self.address = f"{LOOPBACK}:{self.port}"

    def __enter__(self) -> Self:
        self._threads = [Thread(target=server.serve_forever, args=(0.01,)) for server in self._servers]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
