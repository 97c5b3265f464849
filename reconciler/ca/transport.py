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

import urllib3
from msgspec import Struct
from urllib3.exceptions import HTTPError, LocationParseError

from reconciler.ca.deadline import may_start, remaining, within
from reconciler.ca.failures import GarbledAnswerError, out_of_time, reason, unavailable
from reconciler.ca.routes import Routes
from reconciler.ca.texts import clean, https_url
from reconciler.ca.tls import client_context
from reconciler.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3 import BaseHTTPResponse, HTTPHeaderDict

log = logging.getLogger("reconciler.ca")

_PIECE = 1 << 16


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
    headers: HTTPHeaderDict
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
        self._headers = {"User-Agent": user_agent, "Accept-Language": "en", "Accept-Encoding": "identity"}
        self._routes = Routes(client_context(trusted_ca), limits.connections)

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
        started = time.perf_counter()
        if not may_start():
            raise out_of_time(url)
        remaining()
        try:
            with within(self._limits.request_seconds):
                response = self._send(method, url, body, headers or {})
                content = self._read(response, url)
        except LocationParseError as error:
            raise ProtocolError(f"{url}: {clean(str(error), 200)}") from None
        except (HTTPError, OSError) as error:
            log.debug("%s %s failed in %.0f ms: %s", method, url, _since(started), reason(error))
            raise unavailable(error, url) from error
        log.debug("%s %s: %d in %.0f ms", method, url, response.status, _since(started))
        return Answer(url, response.status, response.headers, content)

    def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> BaseHTTPResponse:
        host, port, target = https_url(url, "what the CA is asked for")
        return self._routes.pool(host, port).urlopen(
            method,
            target,
            body,
            {**self._headers, **headers},
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=urllib3.Timeout(total=remaining(), connect=self._limits.connect_seconds),
            preload_content=False,
        )

    def _read(self, response: BaseHTTPResponse, url: str) -> bytes:
        if response.status < HTTPStatus.OK:
            # The library takes it for the whole answer; the real one would then be taken for the next.
            _give_up(response)
            raise GarbledAnswerError(
                f"{url}: the server gives an interim answer ({response.status}), unasked"
            )
        left = self._limits.body_bytes + 1
        chunks = []
        # Piece by piece: an answer in chunks of one byte takes fifty times its size while it is read.
        while left > 0 and (chunk := response.read(min(left, _PIECE), decode_content=False)):
            chunks.append(chunk)
            left -= len(chunk)
        if left <= 0:
            # What is left of the answer would be taken for the next one.
            _give_up(response)
            raise GarbledAnswerError(f"{url}: the answer has more than {self._limits.body_bytes} bytes")
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if chunks and encoding != "identity":
            raise GarbledAnswerError(f"{url}: the answer is encoded ({clean(encoding, 40)!r}), unasked")
        return b"".join(chunks)


def _give_up(response: BaseHTTPResponse) -> None:
    response.close()
    response.release_conn()


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
