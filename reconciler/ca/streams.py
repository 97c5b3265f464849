"""Streams on which every operation ends by the thread's deadline: TCP, TLS, and TLS inside of TLS.

A timeout of a socket counts anew with every byte that arrives, so a server that sends one byte now and then
could hold a request for ever. Here every single operation of a socket gets what is left of the whole.
"""

from __future__ import annotations

import select
import ssl
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from reconciler.ca.deadline import remaining

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

_T = TypeVar("_T")
_PIECE = 1 << 14
# To set a timeout is a system call. Twenty times in a second is as good as each time.
_SLACK = 0.05


class Stream(Protocol):
    """Bytes to and from a host."""

    def send(self, data: bytes) -> None:
        """Send all of it."""

    def receive(self) -> bytes:
        """Wait for something, and return it; nothing when the other side has ended the stream."""

    def is_readable(self) -> bool:
        """Say whether something has arrived, be it the end."""

    def close(self) -> None:
        """Close it, without a word."""


class SocketStream:
    """A socket of TCP or TLS."""

    def __init__(self, opened: socket.socket) -> None:
        """Take over an open socket."""
        self.socket = opened
        self._poll = select.poll()
        self._poll.register(opened, select.POLLIN)

    def send(self, data: bytes) -> None:
        """Send all of it."""
        left = memoryview(data)
        while left:
            self._limit()
            left = left[self.socket.send(left) :]

    def receive(self) -> bytes:
        """Wait for something, and return it; nothing when the other side has ended the stream."""
        self._limit()
        return self.socket.recv(_PIECE)

    def is_readable(self) -> bool:
        """Say whether something has arrived, be it the end."""
        return bool(self._poll.poll(0))

    def close(self) -> None:
        """Close it, without a word."""
        self.socket.close()

    def _limit(self) -> None:
        left = remaining()
        if abs((self.socket.gettimeout() or 0.0) - left) > _SLACK:
            self.socket.settimeout(left)


class InnerTLSStream:
    """TLS inside of another stream: to a CA through a proxy that is spoken to by TLS itself."""

    def __init__(self, outer: Stream, context: ssl.SSLContext, host: str) -> None:
        """Shake hands.

        Raises:
            OSError: they are not shaken.
        """
        self._outer = outer
        self._arrived, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._arrived, self._leaving, server_hostname=host)
        self._carried(self._tls.do_handshake)

    def send(self, data: bytes) -> None:
        """Send all of it."""
        left = memoryview(data)
        while left:
            left = left[self._carried(partial(self._tls.write, left)) :]

    def receive(self) -> bytes:
        """Wait for something, and return it; nothing when the other side has ended the stream."""
        return self._carried(partial(self._tls.read, _PIECE))

    def is_readable(self) -> bool:
        """Say whether something has arrived, be it the end."""
        # What came together with an answer was taken off the way with it.
        return self._arrived.pending > 0 or self._outer.is_readable()

    def close(self) -> None:
        """Close it, without a word."""
        self._outer.close()

    def _carried(self, step: Callable[[], _T]) -> _T:
        """Do a step of TLS, and carry what it says and wants to hear."""
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                pass
            else:
                self._flush()
                return done
            self._flush()
            data = self._outer.receive()
            if data:
                self._arrived.write(data)
            else:
                self._arrived.write_eof()

    def _flush(self) -> None:
        if self._leaving.pending:
            self._outer.send(self._leaving.read())


def tls(outer: SocketStream, context: ssl.SSLContext, host: str) -> SocketStream:
    """Return TLS in the place of a TCP connection; the other side has shown that it is `host`.

    Raises:
        OSError: it has not, or not within the thread's deadline.
    """
    outer.socket.settimeout(remaining())
    # By default a connection that was cut off looks like one that was closed: half an answer looks whole.
    return SocketStream(context.wrap_socket(outer.socket, server_hostname=host, suppress_ragged_eofs=False))
