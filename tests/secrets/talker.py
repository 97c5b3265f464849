"""Servers that say back what they were sent, and more."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet: a client may end whenever it wants."""


@contextmanager
def server(
    handler: type[http.server.BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """Run one on loopback; yield its port."""
    running = _Server(("127.0.0.1", 0), handler)
    if tls:
        running.socket = tls.wrap_socket(running.socket, server_side=True)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(running.server_port)
    finally:
        running.shutdown()
        thread.join(10)
        running.server_close()


@contextmanager
def provider_that_says(said: str) -> Iterator[str]:
    """A service that refuses each request, with `said` and the request's own words and headers; its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(errors="replace")
            text = f"{said} {sent} {self.headers} {self.requestline}"
            escaped = text.replace("&", "&amp;").replace("<", "&lt;")
            body = (
                '<?xml version="1.0"?><ErrorResponse><Error><Type>Sender</Type>'
                f"<Code>SignatureDoesNotMatch</Code><Message>{escaped}</Message></Error></ErrorResponse>"
            ).encode()
            self.send_response(403, "Forbidden")
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 - as the library calls them

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    with server(Handler) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def ca_that_says_what_it_hears() -> Iterator[tuple[str, str]]:
    """A CA that refuses each request with a problem in the request's own words; its URL, its root."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(tls)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            base = f"https://localhost:{self.connection.getsockname()[1]}"
            names = ("newNonce", "newAccount", "newOrder", "revokeCert", "keyChange")
            meta = {"externalAccountRequired": True}
            self._send(200, {**{each: f"{base}/{each}" for each in names}, "meta": meta})

        def do_HEAD(self) -> None:
            self._send(200, None)

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            problem = {
                "type": "urn:ietf:params:acme:error:malformed",
                "detail": f"{self.headers} {sent}",
                "status": 400,
                sent[:20]: sent,
            }
            self._send(400, problem)

        def _send(self, status: int, content: object) -> None:
            body = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Replay-Nonce", "bm9uY2U")
            kind = "application/problem+json" if status != 200 else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    with server(Handler, tls) as port:
        yield f"https://localhost:{port}/directory", authority.cert_pem.bytes().decode()
