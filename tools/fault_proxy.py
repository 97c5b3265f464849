"""An HTTPS proxy between a client and Pebble that lets answers go wrong as a script says.

It has a certificate of its own for localhost. Pebble makes its URLs of the Host that the client names, so all
requests come this way, and the `url` in each JWS is right (RFC 8555 section 6.4).
"""

from __future__ import annotations

import http.client
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Self

import trustme

from tools.acme_endpoints import Endpoint, endpoint_of
from tools.faults import Fault, Manner
from tools.http_messages import Answer, Request, end_to_end, read_request
from tools.ports import LOOPBACK, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from tools.fault_script import Script
    from tools.pebble import Pebble

_RESET = struct.pack("ii", 1, 0)
_SLOW_PIECES = 20
_UPSTREAM_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that came by.

    Attributes:
        number: how manieth for this endpoint, from 1.
        fault: the name of what went wrong, None where nothing did.
        status: what the CA has answered, None where it was not asked.
        sent: the status that the client was sent, None where it was sent no answer.
        location: of the CA's answer.
        at: when it came, by the proxy's clock.
    """

    endpoint: Endpoint
    number: int
    method: str
    path: str
    fault: str | None
    status: int | None
    sent: int | None
    location: str | None
    at: float


class FaultProxy:
    """Stands before a Pebble while it is entered; one thread a connection.

    Attributes:
        script: may be replaced at any time; None: nothing goes wrong.
        record: the requests that came by, in the order in which they were done.
        trusted_ca: PEM of what its certificate is trusted by.
    """

    def __init__(
        self,
        pebble: Pebble,
        script: Script | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Prepare; `monotonic` is the clock of the record, `now` that of the dates which are sent."""
        self.script = script
        self.record: list[Passed] = []
        self._monotonic = monotonic
        self._now = now
        self._pebble = pebble
        self._counts: Counter[Endpoint] = Counter()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._stopping = threading.Event()
        self._closed_until = 0.0
        authority = trustme.CA()
        self.trusted_ca = authority.cert_pem.bytes().decode()
        self._server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", LOOPBACK).configure_cert(self._server_tls)
        self._client_tls = ssl.create_default_context(cadata=pebble.trusted_ca)
        [self.port] = free_ports(1)

    @property
    def directory_url(self) -> str:
        """Where a client begins."""
        return f"https://localhost:{self.port}/dir"

    def __enter__(self) -> Self:
        self._listener = self._listen()
        self._acceptor = threading.Thread(target=self._accept, name="fault-proxy", daemon=True)
        self._acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._acceptor.join()
        self._end_connections()

    def start_again(self, script: Script | None, *, keep_record: bool = False) -> None:
        """Follow a script from now on, and count anew for it."""
        with self._lock:
            self.script = script
            self._counts.clear()
            if not keep_record:
                self.record.clear()

    def heal(self) -> None:
        """Let nothing go wrong any more, and everybody in."""
        self.script = None
        self._closed_until = 0.0
        # The listener may have to be opened again first.
        while not self._stopping.is_set() and self._listener.fileno() == -1:
            time.sleep(0.01)

    def passed(self, endpoint: Endpoint) -> list[Passed]:
        """Return what came by for one endpoint."""
        with self._lock:
            return [each for each in self.record if each.endpoint is endpoint]

    def _listen(self) -> socket.socket:
        listener = socket.create_server((LOOPBACK, self.port), backlog=256)
        listener.settimeout(0.02)
        return listener

    def _accept(self) -> None:
        while not self._stopping.is_set():
            if self._closed_until > time.monotonic():
                self._listener.close()
                self._stopping.wait(0.01)
                continue
            if self._listener.fileno() == -1:
                self._listener = self._listen()
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        self._listener.close()

    def _end_connections(self) -> None:
        with self._lock:
            still_open = list(self._open)
        for each in still_open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _serve(self, plain: socket.socket) -> None:
        """Serve a connection until it ends."""
        with ExitStack() as stack:
            stack.enter_context(suppress(OSError, http.client.HTTPException))
            stack.callback(plain.close)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tls = stack.enter_context(self._server_tls.wrap_socket(plain, server_side=True))
            with self._lock:
                self._open.add(tls)
            stack.callback(self._open.discard, tls)
            upstream = http.client.HTTPSConnection(
                LOOPBACK, self._pebble.port, timeout=_UPSTREAM_SECONDS, context=self._client_tls
            )
            stack.callback(upstream.close)
            stream = stack.enter_context(tls.makefile("rb"))
            while (request := read_request(stream)) and self._answer(request, tls, upstream):
                pass

    def _answer(self, request: Request, client: ssl.SSLSocket, upstream: http.client.HTTPSConnection) -> bool:
        """Deal with a request; return whether the connection can be used further."""
        endpoint, at = endpoint_of(request.path), self._monotonic()
        with self._lock:
            self._counts[endpoint] += 1
            number = self._counts[endpoint]
        fault = self.script(endpoint, number) if self.script else None
        answered = self._forward(request, upstream) if fault is None or fault.acts else None
        answer = answered or Answer()
        if fault is not None:
            answer = self._changed(fault, request, answer)
        is_sent = fault is None or fault.manner in (Manner.WHOLE, Manner.SLOW, Manner.CUT)
        passed = Passed(
            endpoint,
            number,
            request.method,
            request.path,
            fault.name if fault else None,
            answered.status if answered else None,
            answer.status if is_sent else None,
            answered.header("Location") if answered else None,
            at,
        )
        # Before the client has the answer: whoever has it can see what it was.
        with self._lock:
            self.record.append(passed)
        if request.method == "HEAD":
            return self._send(fault, client, answer.head(), b"")
        return self._send(fault, client, answer.head(), answer.body)

    def _forward(self, request: Request, upstream: http.client.HTTPSConnection) -> Answer:
        upstream.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in end_to_end(request.headers):
            upstream.putheader(name, value)
        if request.body:
            upstream.putheader("Content-Length", str(len(request.body)))
        upstream.endheaders(request.body or None)
        response = upstream.getresponse()
        return Answer(response.status, end_to_end(tuple(response.getheaders())), response.read())

    def _changed(self, fault: Fault, request: Request, answer: Answer) -> Answer:
        changed = fault.change(request, answer)
        if fault.until_seconds is None:
            return changed
        date = self._now() + timedelta(seconds=fault.until_seconds)
        return changed.having(("Retry-After", format_datetime(date, usegmt=True)))

    def _send(self, fault: Fault | None, client: ssl.SSLSocket, head: bytes, body: bytes) -> bool:
        manner = fault.manner if fault else Manner.WHOLE
        match manner:
            case Manner.WHOLE:
                client.sendall(head + body)
                return True
            case Manner.SLOW:
                client.sendall(head)
                self._send_slowly(client, body, fault.seconds if fault else 0.0)
                return True
            case Manner.CUT:
                # The connection then ends without TLS's close_notify.
                client.sendall(head + body[: len(body) // 2])
            case Manner.RESET:
                _reset(client)
            case Manner.HANG:
                client.recv(1)
            case Manner.REFUSE:
                self._closed_until = time.monotonic() + (fault.seconds if fault else 0.0)
                self._end_connections()
        return False

    def _send_slowly(self, client: ssl.SSLSocket, body: bytes, seconds: float) -> None:
        size = max(len(body) // _SLOW_PIECES, 1)
        pieces = range(0, len(body), size)
        for start in pieces:
            self._stopping.wait(seconds / len(pieces))
            client.sendall(body[start : start + size])


def _reset(client: ssl.SSLSocket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
