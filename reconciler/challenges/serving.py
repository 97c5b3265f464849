"""A small server for the time of a challenge: bounded in connections, in time, and in what it reads.

Whoever can reach the port can connect, and most who do are not the CA. So no connection lives longer than its
time, however slowly it sends, and one too many takes the place of the oldest: the CA's are over in an
instant, the oldest are those that mean to stay.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_CHUNK = 4096
# What a client may still send when it has its answer.
_MOST_UNREAD = 64 * 1024
_PAUSE_SECONDS = 0.05


class Limits(Struct, frozen=True):
    """What clients may take.

    Attributes:
        connections: how many are open at once.
        seconds: how long each is, from its first moment to its last.
    """

    connections: int = 128
    seconds: float = 10.0


class Connection:
    """One client. Every call raises OSError when the client is gone, or its time is over."""

    def __init__(self, stream: socket.socket, seconds: float) -> None:
        self._stream = stream
        self._end = time.monotonic() + seconds

    def receive(self) -> bytes:
        """Return what has come next; nothing at all when the client will send no more."""
        self._stream.settimeout(self._left())
        return self._stream.recv(_CHUNK)

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._stream.settimeout(self._left())
        self._stream.sendall(data)

    def hang_up(self) -> None:
        """Say that this is all, and let the client be the one who closes.

        To close with something unread would reset the connection, and could take the answer away.
        """
        self._stream.shutdown(socket.SHUT_WR)
        unread = 0
        while unread < _MOST_UNREAD and (chunk := self.receive()):
            unread += len(chunk)

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the connection's time is over")
        return left


class Server:
    """Accepts connections at `sockets` and serves each in a thread of its own, until it is closed.

    Args:
        sockets: listening ones, that are closed with the server.
        serve: called with each connection; an OSError ends that one only.
        limits: what clients may take.
    """

    def __init__(
        self, sockets: Sequence[socket.socket], serve: Callable[[Connection], None], limits: Limits
    ) -> None:
        self._sockets = sockets
        self._serve = serve
        self._limits = limits
        self._lock = threading.Lock()
        # In the order in which they came; those that were told to end are no longer among them.
        self._streams: dict[socket.socket, None] = {}
        self._threads: set[threading.Thread] = set()
        self._closing = threading.Event()
        self._waker, self._woken = socket.socketpair()
        self._acceptor = threading.Thread(target=self._accept_all, name="challenge-listener", daemon=True)
        self._acceptor.start()

    @property
    def ports(self) -> tuple[int, ...]:
        """The port of each socket, in their order."""
        return tuple(each.getsockname()[1] for each in self._sockets)

    def close(self) -> None:
        """Close sockets and connections; returns when all threads have ended."""
        self._closing.set()
        self._waker.close()
        self._acceptor.join()
        with self._lock:
            for stream in self._streams:
                _cut(stream)
            threads = list(self._threads)
        for thread in threads:
            thread.join()

    def _accept_all(self) -> None:
        with selectors.DefaultSelector() as selector, self._woken:
            for each in (*self._sockets, self._woken):
                each.setblocking(False)
                selector.register(each, selectors.EVENT_READ)
            while not self._closing.is_set():
                for key, _ in selector.select():
                    if key.fileobj is not self._woken:
                        self._accept(key.fileobj)  # type: ignore[arg-type]
        for each in self._sockets:
            each.close()

    def _accept(self, listening: socket.socket) -> None:
        try:
            stream, _ = listening.accept()
        except BlockingIOError:
            return
        except OSError:
            # No file descriptor is left, for example: it would be there again at once.
            self._closing.wait(_PAUSE_SECONDS)
            return
        thread = threading.Thread(target=self._attend, args=(stream,), name="challenge-client", daemon=True)
        with self._lock:
            if len(self._streams) >= self._limits.connections:
                oldest = next(iter(self._streams))
                del self._streams[oldest]
                _cut(oldest)
            self._streams[stream] = None
            self._threads.add(thread)
        try:
            thread.start()
        except RuntimeError:  # the system has no thread to give
            self._leave(stream, thread)

    def _attend(self, stream: socket.socket) -> None:
        try:
            with suppress(OSError):
                self._serve(Connection(stream, self._limits.seconds))
        finally:
            self._leave(stream, threading.current_thread())

    def _leave(self, stream: socket.socket, thread: threading.Thread) -> None:
        # With the lock, so that nobody cuts a number that is somebody else's connection by then.
        with self._lock:
            self._streams.pop(stream, None)
            self._threads.discard(thread)
            stream.close()


def _cut(stream: socket.socket) -> None:
    """Let whoever waits for `stream` wait no longer."""
    with suppress(OSError):
        stream.shutdown(socket.SHUT_RDWR)
