from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from reconciler.ca.transport import Limits, Transport
from reconciler.errors import CAError, CAUnavailableError
from tests.unit.ca.https_server import TRUSTED, HttpsServer, reply

if TYPE_CHECKING:
    from collections.abc import Iterator

AMPLE = Limits(connect_seconds=5, request_seconds=10)


class Proxy:
    """An HTTP proxy that knows CONNECT (RFC 9110 section 9.3.6)."""

    def __init__(self, answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> None:
        self.asked: list[bytes] = []
        self._answer = answer
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
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += client.recv(1)
            self.asked.append(head)
            host, _, port = head.split()[1].decode().rpartition(":")
            client.sendall(self._answer)
            if b" 200 " not in self._answer:
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
def proxy(answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> Iterator[Proxy]:
    made = Proxy(answer)
    try:
        yield made
    finally:
        made.close()


def ask(server: HttpsServer) -> int:
    client = Transport(TRUSTED, "reconciler/1 (tests)", AMPLE)
    try:
        return client.request("GET", server.url()).status
    finally:
        client.close()


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


@pytest.mark.parametrize("value", ["socks5://me:secret@proxy:1080", "http://"])
def test_other_proxies_are_an_error_that_shows_no_password(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("https_proxy", value)
    with pytest.raises(CAError, match="https_proxy or all_proxy") as caught:
        Transport(TRUSTED, "reconciler/1 (tests)", AMPLE)
    assert "secret" not in str(caught.value)
