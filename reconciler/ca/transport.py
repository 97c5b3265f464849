"""One HTTPS request and its answer: connections that are kept, limits on time and size; nothing of ACME.

What is decided here:

- Redirects are not followed. A JWS names the URL it is meant for (RFC 8555 section 6.4), so following one
  cannot work; and a directory that has moved is for a person to see.
- Nothing is sent twice. A connection that breaks once a request went out raises `AnswerLostError`; only who
  made the request knows whether it may be repeated.
- No compression: what is not asked for is refused, so a small answer cannot become a large one.
"""

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from msgspec import Struct

from reconciler.ca.deadline import may_start, remaining, within
from reconciler.ca.failures import (
    ConnectError,
    GarbledAnswerError,
    NoHttpError,
    out_of_time,
    reason,
    unavailable,
)
from reconciler.ca.routes import Routes, bracketed
from reconciler.ca.texts import clean, https_url
from reconciler.ca.tls import client_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.ca.http1 import Headers, Reply
    from reconciler.ca.texts import HttpsUrl

log = logging.getLogger("reconciler.ca")

_DEFAULT_PORT = 443


class Limits(Struct, frozen=True):
    """What a CA may take of us.

    Attributes:
        connect_seconds: for name, TCP, proxy and TLS together.
        request_seconds: for one call in all: nonce, connection, every resending, the last byte of the body.
            (The first call may need the directory before, which has as much time of its own.)
        body_bytes: of one answer.
        connections: kept open for each host; as many as there are threads.
    """

    connect_seconds: float = 10.0
    request_seconds: float = 60.0
    body_bytes: int = 1 << 20
    connections: int = 10


class Answer(Struct, frozen=True):
    """What came back."""

    url: str
    status: int
    headers: Headers
    body: bytes = b""

    @property
    def location(self) -> str | None:
        """The absolute URL in `Location`, which may be relative (RFC 9110 section 10.2.2); not checked."""
        value = self.headers.get("Location")
        try:
            return urljoin(self.url, value) if value else None
        except ValueError:
            return value


class Transport:
    """The connections to a CA. Safe for threads."""

    def __init__(self, trusted_ca: str | None, user_agent: str, limits: Limits) -> None:
        """Prepare everything; connects to nothing yet.

        Raises:
            CAError: when `trusted_ca` is no PEM, or the environment's proxy cannot be used.
        """
        self._limits = limits
        self._always = f"User-Agent: {user_agent}\r\nAccept-Language: en\r\nAccept-Encoding: identity\r\n"
        self._routes = Routes(client_context(trusted_ca), limits.connections, limits.connect_seconds)

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._routes.close()

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request, and return the answer whatever its status.

        Raises:
            CAUnavailableError: when it is too late to begin, or no connection was made; an `AnswerLostError`
                when it broke, or the time was up, after something was sent; a `GarbledAnswerError` when the
                answer is too large, encoded, or an interim one.
            ProtocolError: when the URL is not https.
            TimeoutError: when the thread's deadline has passed before anything was sent.
        """
        where = https_url(url, "what the CA is asked for")
        started = time.perf_counter()
        if not may_start():
            raise out_of_time(url)
        remaining()
        whole = self._head(method, where, body, headers or {}) + (body or b"")
        try:
            with within(self._limits.request_seconds):
                reply = self._routes.to(where.host, where.port).ask(method, whole, self._limits.body_bytes)
        except (ConnectError, NoHttpError, EOFError, OSError) as error:
            log.debug("%s %s failed in %.0f ms: %s", method, url, _since(started), reason(error))
            raise unavailable(error, url) from error
        log.debug("%s %s: %d in %.0f ms", method, url, reply.status, _since(started))
        self._check(reply, url)
        return Answer(url, reply.status, reply.headers, reply.body)

    def _head(self, method: str, where: HttpsUrl, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        """Return the head of a request (RFC 9112 section 3)."""
        port = "" if where.port == _DEFAULT_PORT else f":{where.port}"
        lines = [
            f"{method} {where.target} HTTP/1.1\r\nHost: {bracketed(where.host)}{port}\r\n{self._always}",
            *(f"{name}: {value}\r\n" for name, value in headers.items()),
            "" if body is None else f"Content-Length: {len(body)}\r\n",
            "\r\n",
        ]
        return "".join(lines).encode("ascii")

    def _check(self, reply: Reply, url: str) -> None:
        if reply.status < HTTPStatus.OK:
            raise GarbledAnswerError(f"{url}: the server gives an interim answer ({reply.status}), unasked")
        if len(reply.body) > self._limits.body_bytes:
            raise GarbledAnswerError(f"{url}: the answer has more than {self._limits.body_bytes} bytes")
        encoding = (reply.headers.get("Content-Encoding") or "identity").lower()
        if reply.body and encoding != "identity":
            raise GarbledAnswerError(f"{url}: the answer is encoded ({clean(encoding, 40)!r}), unasked")


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
