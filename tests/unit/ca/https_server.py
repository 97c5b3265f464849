"""A real HTTPS server on loopback that answers as a test says, byte for byte where it must be."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import trustme

AUTHORITY = trustme.CA()
TRUSTED = AUTHORITY.cert_pem.bytes().decode()


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def protected(self) -> dict[str, Any]:
        return dict(json.loads(unpadded(json.loads(self.body)["protected"])))

    @property
    def payload(self) -> bytes:
        return unpadded(json.loads(self.body)["payload"])


class Connection:
    """What a reply may do with the connection besides sending bytes."""

    def __init__(self, stream: ssl.SSLSocket, stopped: threading.Event) -> None:
        self._stream = stream
        self._stopped = stopped

    def send(self, data: bytes) -> None:
        self._stream.sendall(data)

    def send_and_end(self, data: bytes) -> None:
        """Send, and end the stream as TLS wants it ended."""
        self._stream.sendall(data)
        self._stream.unwrap()

    def drip(self, data: bytes, interval: float = 0.02) -> None:
        """Send single bytes, again and again from the start, until the other side or the test ends it."""
        while not self._stopped.is_set():
            for index in range(len(data)):
                self._stream.sendall(data[index : index + 1])
                if self._stopped.wait(interval):
                    return

    def hang(self) -> None:
        self._stopped.wait()


# Bytes to send; something to do, after which the connection is closed; or None: close it without an answer.
Reply = bytes | Callable[[Connection], None] | None


@dataclass
class HttpsServer:
    """Answers each request by `respond`; a context manager."""

    respond: Callable[[Request], Reply]
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        AUTHORITY.issue_cert("localhost").configure_cert(self._context)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port: int = self._listener.getsockname()[1]
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop_connections()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def url(self, path: str = "/") -> str:
        return f"https://localhost:{self.port}{path}"

    def drop_connections(self) -> None:
        """Close all connections on this side."""
        with self._lock:
            for each in self._open:
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                number = self.connections
                self._open.add(plain)
            thread = threading.Thread(target=self._serve, args=(plain, number), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket, number: int) -> None:
        stream: socket.socket = plain
        try:
            stream = tls = self._context.wrap_socket(plain, server_side=True)
            with self._lock:
                self._open.discard(plain)
                self._open.add(tls)
            with tls.makefile("rb") as reader:
                while request := _read(reader, number):
                    with self._lock:
                        self.requests.append(request)
                    reply = self.respond(request)
                    if not isinstance(reply, bytes):
                        if reply is not None:
                            reply(Connection(tls, self._stopped))
                        return
                    tls.sendall(reply)
        except OSError:
            return
        finally:
            with self._lock:
                self._open.discard(plain)
                self._open.discard(stream)
            stream.close()


def reply(status: int = 200, body: object = b"", **headers: str) -> bytes:
    """Return an answer as bytes; an object becomes JSON, an underscore in a header's name a hyphen."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Status"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if "Transfer_Encoding" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def unpadded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _read(reader: Any, number: int) -> Request | None:  # noqa: ANN401
    start = reader.readline().decode().split()
    if not start:
        return None
    headers: dict[str, str] = {}
    while line := reader.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", "0")))
    return Request(start[0], start[1], headers, body, number)
