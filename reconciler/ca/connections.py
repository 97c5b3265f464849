"""Connections on which every operation ends by the thread's deadline.

A timeout of a socket counts anew with every byte that arrives, so a server that sends one byte now and then
could hold a request for ever. Here every single operation of a socket gets what is left of the whole.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from reconciler.ca.deadline import LONGEST, remaining, within
from reconciler.ca.failures import ConnectError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from _typeshed import ReadableBuffer, WriteableBuffer
    from urllib3._base_connection import _TYPE_BODY

LONGEST_HEAD = 1 << 17
"""Of an answer: bytes of status line and headers."""

_Address = tuple[Any, ...]


class PlainSocket(socket.socket):
    """A TCP socket whose every operation ends by the thread's deadline."""

    def recv(self, bufsize: int = 1024, flags: int = 0) -> bytes:
        """Receive."""
        self.settimeout(remaining())
        return super().recv(bufsize, flags)

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """Receive into a buffer."""
        self.settimeout(remaining())
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: ReadableBuffer, flags: int = 0) -> None:
        """Send all."""
        self.settimeout(remaining())
        super().sendall(data, flags)


class TLSSocket(ssl.SSLSocket):
    """A TLS socket whose every operation ends by the thread's deadline."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands."""
        # By default a connection that was cut off looks like one that was closed: half an answer looks whole.
        self.suppress_ragged_eofs = False
        self.settimeout(remaining())
        super().do_handshake(block)

    def recv(self, bufsize: int = 1024, flags: int = 0) -> bytes:
        """Receive."""
        self.settimeout(remaining())
        return super().recv(bufsize, flags)

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        """Receive into a buffer."""
        self.settimeout(remaining())
        return super().recv_into(buffer, nbytes, flags)

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        """Send; `sendall` is made of this."""
        self.settimeout(remaining())
        return super().send(data, flags)


class BoundedResponse(HTTPResponse):
    """An answer whose status line and headers, interim answers included, have a limit together.

    The library takes a hundred headers of 64 kB, copies each several times, and interim answers without end.
    """

    def begin(self) -> None:
        """Read status line and headers.

        Raises:
            HTTPException: they are too long.
        """
        connection = self.fp
        self.fp = _Head(connection)  # type: ignore[assignment] # it has what `begin` asks for
        try:
            super().begin()
        finally:
            if self.fp is not None:
                self.fp = connection


class _Head:
    """Lines of a connection, up to a limit in all."""

    def __init__(self, connection: BinaryIO) -> None:
        self._connection = connection
        self._left = LONGEST_HEAD

    def readline(self, limit: int = -1) -> bytes:
        line = self._connection.readline(limit)
        self._left -= len(line)
        if self._left < 0:
            raise HTTPException(f"its headers have more than {LONGEST_HEAD} bytes")
        return line

    def close(self) -> None:
        self._connection.close()


class DeadlineConnection(HTTPSConnection):
    """A connection that is made (name, TCP, proxy, TLS) within its own timeout and the deadline."""

    response_class = BoundedResponse
    _held: list[bytes] | None = None

    def connect(self) -> None:
        """Open the connection.

        Raises:
            ConnectError: whatever the reason, so that it is known that no request was sent.
        """
        try:
            with within(self.timeout if isinstance(self.timeout, (int, float)) else LONGEST):
                super().connect()
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise ConnectError(self.host) from error

    def request(  # type: ignore[override] # as in urllib3
        self,
        method: str,
        url: str,
        body: _TYPE_BODY | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        chunked: bool = False,
        preload_content: bool = True,
        decode_content: bool = True,
        enforce_content_length: bool = True,
    ) -> None:
        """Send a request, head and body in one piece: one TLS record and one packet instead of two."""
        self._held = []
        try:
            super().request(
                method,
                url,
                body,
                headers,
                chunked=chunked,
                preload_content=preload_content,
                decode_content=decode_content,
                enforce_content_length=enforce_content_length,
            )
            whole = b"".join(self._held)
        finally:
            self._held = None
        super().send(whole)

    def send(self, data: ReadableBuffer) -> None:  # type: ignore[override]
        """Send, or keep for later."""
        if self._held is None:
            super().send(data)
        else:
            self._held.append(bytes(data))

    def _new_conn(self) -> socket.socket:
        addresses = _resolve(self._dns_host.strip("[]"), self.port)
        failure = OSError("the name has no address")
        for index, address in enumerate(addresses):
            try:
                # A first address that swallows packets must leave time for the next one.
                return _open(address, remaining() / (len(addresses) - index))
            except OSError as error:
                failure = error
        raise failure


class DeadlinePool(HTTPSConnectionPool):
    """A pool of such connections."""

    ConnectionCls = DeadlineConnection


def _open(address: _Address, seconds: float) -> socket.socket:
    family, kind, protocol, _, place = address
    opened = PlainSocket(family, kind, protocol)
    try:
        opened.settimeout(seconds)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.connect(place)
    except BaseException:
        opened.close()
        raise
    return opened


def _resolve(host: str, port: int) -> list[_Address]:
    """Return the addresses of a name; a resolver that hangs holds a thread of its own, not the caller."""
    found: queue.SimpleQueue[list[_Address] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except UnicodeError:
            found.put(socket.gaierror(socket.EAI_NONAME, "this is no host name"))
        except OSError as error:
            found.put(error)

    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        answer = found.get(timeout=remaining())
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(answer, Exception):
        raise answer
    return answer
