from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from reconciler.ca.failures import AnswerLostError
from reconciler.ca.transport import Limits, Transport
from reconciler.errors import CAError, CAUnavailableError
from tests.unit.ca.https_server import AUTHORITY, TRUSTED, HttpsServer, reply

if TYPE_CHECKING:
    from collections.abc import Iterator

AMPLE = Limits(connect_seconds=5, request_seconds=10)


class Proxy:
    """An HTTP proxy that knows CONNECT (RFC 9110 section 9.3.6)."""

    def __init__(self, answer: bytes, context: ssl.SSLContext | None) -> None:
        self.asked: list[bytes] = []
        self._answer = answer
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._context is not None:
                try:
                    client = self._context.wrap_socket(client, server_side=True)
                except OSError:
                    continue
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += client.recv(1)
            self.asked.append(head)
            host, _, port = head.split()[1].decode().rpartition(":")
            client.sendall(self._answer)
            if not self._answer.startswith(b"HTTP/1.1 200 OK\r\n\r\n"):
                client.close()
                continue
            server = socket.create_connection((host, int(port)))
            for pair in ((client, server), (server, client)):
                thread = threading.Thread(target=_pump, args=pair, daemon=True)
                self._threads.append(thread)
                thread.start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        for each in (source, sink):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        sink.close()


@contextmanager
def proxy(
    answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n", context: ssl.SSLContext | None = None
) -> Iterator[Proxy]:
    made = Proxy(answer, context)
    try:
        yield made
    finally:
        made.close()


def ask(server: HttpsServer, requests: int = 1, body: bytes = b"asked") -> int:
    client = Transport(TRUSTED, "reconciler/1 (tests)", AMPLE)
    try:
        return [client.request("POST", server.url(), body).status for _ in range(requests)][-1]
    finally:
        client.close()


def context_of(host: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(host).configure_cert(context)
    return context


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_the_proxy_of_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch, name: str, scheme: str
) -> None:
    with HttpsServer(lambda _: reply()) as server, proxy() as way:
        monkeypatch.setenv(name, f"{scheme}127.0.0.1:{way.port}")
        assert ask(server) == 200
    assert way.asked[0].startswith(f"CONNECT localhost:{server.port} ".encode())


def test_a_proxy_gets_its_name_and_password(monkeypatch: pytest.MonkeyPatch) -> None:
    with HttpsServer(lambda _: reply()) as server, proxy() as way:
        monkeypatch.setenv("https_proxy", f"http://me:a%40b@127.0.0.1:{way.port}")
        assert ask(server) == 200
    assert b"Basic bWU6YUBi" in way.asked[0]


def test_a_proxy_may_be_spoken_to_by_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"x" * 100_000
    with (
        HttpsServer(lambda request: reply(200, request.body)) as server,
        proxy(context=context_of("localhost")) as way,
    ):
        monkeypatch.setenv("https_proxy", f"https://me:b@localhost:{way.port}")
        assert ask(server, requests=5, body=body) == 200
    assert len(way.asked) == server.connections == 1
    assert b"Basic bWU6Yg==" in way.asked[0]
    assert [len(each.body) for each in server.requests] == [100_000] * 5


def test_a_proxy_with_a_certificate_for_another_name_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with HttpsServer(lambda _: reply()) as server, proxy(context=context_of("other.example")) as way:
        monkeypatch.setenv("https_proxy", f"https://me:b@localhost:{way.port}")
        with pytest.raises(CAUnavailableError, match="Hostname mismatch"):
            ask(server)
    assert not way.asked


def test_behind_a_proxy_the_ca_must_show_who_it_is_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme, context in (("http", None), ("https", context_of("localhost"))):
        with HttpsServer(lambda _: reply()) as server, proxy(context=context) as way:
            monkeypatch.setenv("https_proxy", f"{scheme}://localhost:{way.port}")
            client = Transport(TRUSTED, "reconciler/1 (tests)", AMPLE)
            with pytest.raises(CAUnavailableError, match="certificate is refused"):
                client.request("GET", f"https://127.0.0.1:{server.port}/")
            client.close()
        assert not server.requests


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent", b"SSH-2.0\r\n", b"HTTP/1.1 100 Go\r\n\r\n"]
)
def test_what_is_no_proxy_is_not_sent_anything(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    with HttpsServer(lambda _: reply()) as server, proxy(answer) as way:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{way.port}")
        with pytest.raises(CAUnavailableError) as caught:
            ask(server)
    assert not isinstance(caught.value, AnswerLostError)
    assert not server.requests


def test_no_proxy_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    with HttpsServer(lambda _: reply()) as server, proxy() as way:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{way.port}")
        monkeypatch.setenv("no_proxy", "example.com,localhost")
        assert ask(server) == 200
    assert not way.asked


def test_the_environment_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with HttpsServer(lambda _: reply()) as server, proxy() as way:
        client = Transport(TRUSTED, "reconciler/1 (tests)", AMPLE)
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{way.port}")
        assert client.request("GET", server.url()).status == 200
        client.close()
    assert not way.asked


def test_a_proxy_that_refuses_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with HttpsServer(lambda _: reply()) as server, proxy(b"HTTP/1.1 407 Who are you\r\n\r\n") as way:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{way.port}")
        with pytest.raises(CAUnavailableError, match="Tunnel connection failed: 407 Who are you"):
            ask(server)
    assert not server.requests


@pytest.mark.parametrize(
    "value", ["socks5://me:secret@proxy:1080", "http://", "http://me:secret@proxy:port", "http://secret@[::1"]
)
def test_other_proxies_are_an_error_that_shows_no_password(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("https_proxy", value)
    with pytest.raises(CAError, match="https_proxy or all_proxy") as caught:
        Transport(TRUSTED, "reconciler/1 (tests)", AMPLE)
    assert "secret" not in str(caught.value)
