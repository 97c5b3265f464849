"""The connections to one host: made within a time of their own, kept while they are good, used again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.ca.deadline import within
from reconciler.ca.failures import ConnectError, NoHttpError
from reconciler.ca.http1 import read_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.ca.http1 import Reply
    from reconciler.ca.streams import Stream


class Connections:
    """Connections to a host. Safe for threads: each takes one out for a request."""

    def __init__(self, host: str, connect: Callable[[], Stream], seconds: float, most: int) -> None:
        """Connect to nothing yet.

        Args:
            host: for messages.
            connect: makes a connection.
            seconds: that this may take.
            most: connections that are kept.
        """
        self._host = host
        self._connect = connect
        self._seconds = seconds
        self._most = most
        self._idle: list[Stream] = []

    def ask(self, method: str, request: bytes, most: int) -> Reply:
        """Send a request, and return the answer.

        Args:
            method: the request's.
            request: head and body in one: one TLS record, one packet.
            most: bytes of the answer's body; one that is longer is cut off after one byte more.

        Raises:
            ConnectError: no connection was made, whatever the reason, so nothing was sent.
            OSError, EOFError, NoHttpError: there is no answer, or half of one.
        """
        stream = self._taken() or self._made()
        try:
            stream.send(request)
            reply = read_reply(stream, method, most)
        except BaseException:
            stream.close()
            raise
        if reply.is_last or len(self._idle) >= self._most:
            stream.close()
        else:
            self._idle.append(stream)
        return reply

    def close(self) -> None:
        """Close those that are not in use, and keep none any more."""
        self._most = 0
        while self._idle:
            self._idle.pop().close()

    def _taken(self) -> Stream | None:
        """Return one that is kept, the one that was used last; what has been closed meanwhile is not."""
        while True:
            try:
                stream = self._idle.pop()
            except IndexError:
                return None
            if not stream.is_readable():
                return stream
            stream.close()

    def _made(self) -> Stream:
        try:
            with within(self._seconds):
                return self._connect()
        except (OSError, EOFError, ValueError, NoHttpError) as error:
            raise ConnectError(self._host) from error
