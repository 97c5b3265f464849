from __future__ import annotations

import gzip
import logging
import queue
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import trustme

from reconciler.ca.deadline import starting_within
from reconciler.ca.failures import AnswerLostError, GarbledAnswerError
from reconciler.ca.transport import Limits, Transport
from reconciler.errors import CAError, CAUnavailableError, ProtocolError
from tests.unit.ca.https_server import TRUSTED, Connection, HttpsServer, Reply, Request, reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUICK = Limits(connect_seconds=0.3, request_seconds=0.3, body_bytes=1000)
AMPLE = Limits(connect_seconds=5, request_seconds=10, body_bytes=1000)


@contextmanager
def transport(limits: Limits = AMPLE, trusted_ca: str | None = TRUSTED) -> Iterator[Transport]:
    made = Transport(trusted_ca, "reconciler/1 (tests)", limits)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def serving(answer: Reply | Callable[[Request], Reply]) -> Iterator[HttpsServer]:
    def respond(request: Request) -> Reply:
        return answer(request) if callable(answer) else answer  # type: ignore[arg-type]

    with HttpsServer(respond) as server:
        yield server


def always(answer: Reply) -> Callable[[Request], Reply]:
    return lambda _: answer


def test_a_request_says_who_asks_and_asks_for_no_compression() -> None:
    with serving(reply(200, b"yes", Location="/there")) as server, transport() as client:
        answer = client.request(
            "POST", server.url("/a?b=c"), b"body", {"Content-Type": "application/jose+json"}
        )
    assert (answer.status, answer.body, answer.location) == (200, b"yes", server.url("/there"))
    (request,) = server.requests
    assert (request.method, request.path, request.body) == ("POST", "/a?b=c", b"body")
    assert request.headers["user-agent"] == "reconciler/1 (tests)"
    assert request.headers["accept-language"] == "en"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["content-type"] == "application/jose+json"


def test_no_request_begins_when_it_is_too_late_for_that() -> None:
    with serving(reply(200, b"yes")) as server, transport() as client:
        with starting_within(60):
            assert client.request("GET", server.url("/")).body == b"yes"
        with (
            starting_within(60),
            starting_within(0),
            pytest.raises(CAUnavailableError, match="not asked any more: the run's time is over") as caught,
        ):
            client.request("GET", server.url("/"))
        assert caught.value.problem is not None
        assert caught.value.problem.code == "noTime"
        assert client.request("GET", server.url("/")).body == b"yes"


def test_one_connection_serves_many_requests() -> None:
    with serving(reply(200, b"yes")) as server, transport() as client:
        for _ in range(20):
            client.request("GET", server.url())
        client.request("HEAD", server.url())
    assert len(server.requests) == 21
    assert server.connections == 1


def test_threads_keep_a_connection_each() -> None:
    together = threading.Barrier(4)

    def respond(_: Request) -> Reply:
        together.wait(10)
        return reply(200, b"yes")

    with serving(respond) as server, transport() as client:

        def ask() -> None:
            for _ in range(5):
                client.request("GET", server.url())

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.requests) == 20
    assert server.connections == 4


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    ],
    ids=["header", "interim answers", "body", "chunk"],
)
def test_the_deadline_holds_for_a_server_that_drips(start: bytes) -> None:
    def drip(connection: Connection) -> None:
        connection.send(start)
        connection.drip(start)

    with serving(lambda _: drip) as server, transport(QUICK) as client:
        began = time.monotonic()
        with pytest.raises(AnswerLostError, match="no answer in time"):
            client.request("GET", server.url())
    assert time.monotonic() - began < 5


def test_the_deadline_holds_for_a_server_that_says_nothing() -> None:
    with (
        serving(lambda _: lambda connection: connection.hang()) as server,
        transport(QUICK) as client,
        pytest.raises(AnswerLostError, match="no answer in time"),
    ):
        client.request("GET", server.url())


def test_a_server_that_never_shakes_hands_is_not_connected() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        transport(QUICK) as client,
        pytest.raises(CAUnavailableError, match="no answer in time") as caught,
    ):
        client.request("GET", f"https://localhost:{listener.getsockname()[1]}/")
    assert not isinstance(caught.value, AnswerLostError)


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: queue.SimpleQueue[list[object]] = queue.SimpleQueue()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.get())
    try:
        with transport(QUICK) as client, pytest.raises(CAUnavailableError, match="no answer in time"):
            client.request("GET", "https://ca.example/")
    finally:
        ended.put([])


def test_a_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with (
        transport() as client,
        pytest.raises(CAUnavailableError, match=r"ca.example/: the name does not resolve"),
    ):
        client.request("GET", "https://ca.example/")


def test_the_second_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = socket.getaddrinfo

    def two(host: str, port: int, **options: int) -> list[object]:
        dead = socket.create_server(("127.0.0.1", 0))
        dead.close()
        return [*ask("127.0.0.1", 1, **options), *ask("127.0.0.1", port, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    with serving(reply(200, b"yes")) as server, transport() as client:
        assert client.request("GET", server.url()).body == b"yes"


def test_a_refused_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with (
        transport() as client,
        pytest.raises(CAUnavailableError, match=f"localhost:{port}/: Connection refused") as caught,
    ):
        client.request("GET", f"https://localhost:{port}/")
    assert not isinstance(caught.value, AnswerLostError)


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, b"x" * 1001),
        reply(200, b"3e8\r\n" + b"x" * 1000 + b"\r\n1\r\nx\r\n0\r\n\r\n", Transfer_Encoding="chunked"),
        b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 1001,
    ],
    ids=["length", "chunked", "until closed"],
)
def test_a_body_has_a_limit(answer: bytes) -> None:
    with serving(answer) as server, transport() as client:
        with pytest.raises(GarbledAnswerError, match="more than 1000 bytes"):
            client.request("GET", server.url())
        assert client.request("HEAD", server.url()).body == b""


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, b"x" * 1000),
        reply(200, b"3e8\r\n" + b"x" * 1000 + b"\r\n0\r\n\r\n", Transfer_Encoding="chunked"),
    ],
    ids=["length", "chunked"],
)
def test_a_body_up_to_the_limit_keeps_the_connection(answer: bytes) -> None:
    with serving(answer) as server, transport() as client:
        for _ in range(3):
            assert client.request("GET", server.url()).body == b"x" * 1000
    assert server.connections == 1


def test_compression_is_refused() -> None:
    packed = gzip.compress(b"x" * 10**5)
    assert len(packed) < AMPLE.body_bytes
    with (
        serving(reply(200, packed, Content_Encoding="gzip")) as server,
        transport() as client,
        pytest.raises(GarbledAnswerError, match=r"encoded .'gzip'."),
    ):
        client.request("GET", server.url())


def test_redirects_are_not_followed() -> None:
    with serving(reply(302, Location="https://localhost:1/")) as server, transport() as client:
        assert client.request("GET", server.url()).status == 302
    assert len(server.requests) == 1


@pytest.mark.parametrize("url", ["http://localhost/", "file:///etc/passwd", "https://", "localhost", ""])
def test_only_https(url: str) -> None:
    with transport() as client, pytest.raises(ProtocolError, match="is no https URL"):
        client.request("GET", url)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"HT",
        b"HTTP/1.1 201 Created\r\n",
        b"HTTP/1.1 200 OK\r\nCon",
        b"rubbish\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
    ],
)
def test_an_answer_that_breaks_off_is_lost(answer: bytes | None) -> None:
    def respond(_: Request) -> Reply:
        return (lambda connection: connection.send(answer)) if answer else None

    with serving(respond) as server, transport() as client, pytest.raises(AnswerLostError):
        client.request("POST", server.url(), b"body")
    assert len(server.requests) == 1


def test_a_body_without_length_may_end_with_the_connection() -> None:
    def respond(_: Request) -> Reply:
        return lambda connection: connection.send_and_end(b"HTTP/1.0 200 OK\r\n\r\nyes")

    with serving(respond) as server, transport() as client:
        assert client.request("POST", server.url(), b"body").body == b"yes"


def test_a_body_that_breaks_off_is_lost() -> None:
    def respond(_: Request) -> Reply:
        return lambda connection: connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")

    with (
        serving(respond) as server,
        transport() as client,
        pytest.raises(AnswerLostError, match="closed before a whole answer came"),
    ):
        client.request("POST", server.url(), b"body")


def test_an_idle_connection_that_the_server_closed_is_replaced() -> None:
    with serving(reply(200, b"yes")) as server, transport() as client:
        client.request("GET", server.url())
        server.drop_connections()
        for thread in threading.enumerate():
            if thread.name.endswith("(_serve)"):
                thread.join(10)
        client.request("POST", server.url(), b"body")
    assert server.connections == 2
    assert len(server.requests) == 2


def test_an_unknown_authority_is_refused_with_what_to_do() -> None:
    with (
        serving(reply(200)) as server,
        transport(trusted_ca=None) as client,
        pytest.raises(CAUnavailableError, match=r"certificate is refused: .*trusted_ca") as caught,
    ):
        client.request("GET", server.url())
    assert not isinstance(caught.value, AnswerLostError)
    assert not server.requests


def test_a_certificate_for_another_name_is_refused() -> None:
    with (
        serving(reply(200)) as server,
        transport() as client,
        pytest.raises(CAUnavailableError, match=r"certificate is refused: .*127.0.0.1.*[^a]$"),
    ):
        client.request("GET", f"https://127.0.0.1:{server.port}/")


def test_trusted_ca_may_hold_several_certificates_and_text() -> None:
    other = trustme.CA().cert_pem.bytes().decode()
    with serving(reply(200)) as server, transport(trusted_ca=f"# old\n{other}\n# new\n{TRUSTED}") as client:
        assert client.request("GET", server.url()).status == 200


@pytest.mark.parametrize(
    ("pem", "message"),
    [
        ("", "holds no PEM certificate"),
        ("certs/root.pem", "holds no PEM certificate"),
        (TRUSTED.replace("MII", "XII", 1), "block 1 is not a readable certificate"),
        (TRUSTED + TRUSTED[:60] + "\n-----END CERTIFICATE-----\n", "block 2 is not a readable certificate"),
        (
            TRUSTED + "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
            "block 2 is a PRIVATE KEY",
        ),
    ],
)
def test_a_bad_trusted_ca_is_an_error(pem: str, message: str) -> None:
    with pytest.raises(CAError, match=message):
        Transport(pem, "reconciler/1 (tests)", AMPLE)


def test_debug_logs_show_no_payload(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(reply(200, b"answer-secret")) as server, transport() as client:
        client.request("POST", server.url("/there"), b"request-secret", {"X": "header-secret"})
    ours = [each.getMessage() for each in caplog.records if each.name == "reconciler.ca"]
    assert len(ours) == 1
    assert ours[0].startswith(f"POST {server.url('/there')}: 200 in ")
    assert "secret" not in caplog.text
