"""http-01 by a listener: real requests, and those that nobody should send."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from reconciler.challenges.http_listener import HttpListener
from reconciler.challenges.serving import Limits
from reconciler.errors import ChallengeError
from reconciler.model.role import ChallengeType
from tests.unit.challenges.instructions import THUMBPRINT, TOKEN, hostile, instruction
from tools.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.instruction import Instruction

HOSTILE = hostile(ChallengeType.HTTP_01)
PATH = f"/.well-known/acme-challenge/{TOKEN}"
ANSWER = f"{TOKEN}.{THUMBPRINT}".encode()
LOOPBACK = "127.0.0.1"


@contextmanager
def listening(*addresses: str, limits: Limits | None = None) -> Iterator[HttpListener]:
    listener = HttpListener(addresses or (f"{LOOPBACK}:0",), limits)
    try:
        yield listener
    finally:
        listener.close()


def get(
    port: int, path: str = PATH, *, host: str = LOOPBACK, method: str = "GET", name: str | None = None
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request(method, path, headers={"Host": name} if name else {})
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


def ask(port: int, *parts: bytes) -> bytes:
    """Send bytes as they are; return all that comes until the listener closes."""
    received = b""
    with socket.create_connection((LOOPBACK, port), timeout=10) as stream:
        for part in parts:
            stream.sendall(part)
        while chunk := stream.recv(65536):
            received += chunk
    return received


def request(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, *headers, "", ""]).encode("latin-1")


def is_open(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=10).close()
    except ConnectionRefusedError:
        return False
    return True


def test_the_key_authorization_and_nothing_else() -> None:
    with listening() as listener:
        listener.present(instruction())
        (port,) = listener.ports
        status, content, headers = get(port)
        assert (status, content) == (200, ANSWER)
        assert headers == {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(len(ANSWER)),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
        assert get(port, method="HEAD") == (200, b"", headers)
        assert get(port, name="whatever.example:8080")[1] == ANSWER
        assert get(port, f"http://www.example.com{PATH}")[1] == ANSWER
        assert get(port, f"HTTP://[::1]:80{PATH}")[1] == ANSWER
        assert ask(port, request(f"GET {PATH} HTTP/1.0")).endswith(b"\r\n\r\n" + ANSWER)
        assert ask(port, b"\r\n\r\n", request(f"GET {PATH} HTTP/1.1")).endswith(ANSWER)
        assert ask(port, f"GET {PATH} HTTP/1.1\nHost: x\n\n".encode()).endswith(ANSWER)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "*",
        "/.well-known/acme-challenge/",
        "/.well-known/acme-challenge/other",
        PATH + "/",
        PATH + "?",
        PATH + "?x=y",
        PATH + "%00",
        "/" + PATH,
        "/.well-known/acme-challenge/../acme-challenge/" + TOKEN,
        "/.well-known/acme-challenge/%2e%2e/acme-challenge/" + TOKEN,
        PATH.replace("T", "%54"),
        PATH.upper(),
        "ftp://www.example.com" + PATH,
        "/../../etc/passwd",
    ],
)
def test_no_other_path_is_there(path: str) -> None:
    with listening() as listener:
        listener.present(instruction())
        status, content, headers = get(listener.ports[0], path)
        assert (status, content) == (404, b"")
        assert "Server" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"])
def test_no_other_method_is_there(method: str) -> None:
    with listening() as listener:
        listener.present(instruction())
        answer = ask(listener.ports[0], request(f"{method} {PATH} HTTP/1.1", "Content-Length: 3") + b"abc")
        assert answer.startswith(b"HTTP/1.1 404 ")
        assert ANSWER not in answer


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\0\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (f"GET {PATH}\r\n\r\n".encode(), 400),
        (f"GET {PATH} HTTP/2.0\r\n\r\n".encode(), 400),
        (f"GET {PATH}\0 HTTP/1.1\r\n\r\n".encode(), 400),
        (f"GET  {PATH} HTTP/1.1\r\n\r\n".encode(), 400),
        (f"GET {PATH} HTTP/1.1 \r\n\r\n".encode(), 400),
        (f"GET {PATH}é HTTP/1.1\r\n\r\n".encode(), 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
        (b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n", 431),
        (request(f"GET {PATH} HTTP/1.1", *(f"X-{number}: x" for number in range(100_000))), 431),
        (request(f"GET {PATH} HTTP/1.1", "X: " + "x" * 1_000_000), 431),
        (b"\r\n" * 500_000, 431),
    ],
)
def test_what_is_no_request(sent: bytes, status: int) -> None:
    with listening() as listener:
        listener.present(instruction())
        (port,) = listener.ports
        with socket.create_connection((LOOPBACK, port), timeout=10) as stream:
            try:
                stream.sendall(sent)
                received = stream.recv(65536)
            except ConnectionError:
                assert status == 431  # the listener had heard enough
            else:
                assert received.startswith(f"HTTP/1.1 {status} ".encode())
                assert ANSWER not in received
        assert get(port)[1] == ANSWER


def test_a_connection_serves_one_request() -> None:
    with listening() as listener:
        listener.present(instruction())
        one = request(f"GET {PATH} HTTP/1.1", "Host: x", "Connection: keep-alive")
        assert ask(listener.ports[0], one * 3).count(b"HTTP/1.1 200 OK") == 1


def test_clients_that_leave_early_do_no_harm(capfd: pytest.CaptureFixture[str]) -> None:
    with listening() as listener:
        listener.present(instruction())
        (port,) = listener.ports
        for sent in (b"", b"GET", request(f"GET {PATH} HTTP/1.1")):
            with socket.create_connection((LOOPBACK, port), timeout=10) as stream:
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset
                stream.sendall(sent)
        assert get(port)[1] == ANSWER
    assert capfd.readouterr() == ("", "")


def test_over_both_families_at_once() -> None:
    (port,) = free_ports(1)
    with listening(f"{LOOPBACK}:{port}", f"[::1]:{port}") as listener:
        listener.present(instruction())
        assert listener.ports == (port, port)
        assert get(port)[1] == ANSWER
        assert get(port, host="::1")[1] == ANSWER


def test_open_while_something_is_presented() -> None:
    (port,) = free_ports(1)
    first, second = instruction(), instruction(token="second", order="other")
    with listening(f"{LOOPBACK}:{port}") as listener:
        assert listener.lives_here(first)
        assert listener.missing(first) == f"nobody answers for www.example.com at {LOOPBACK}:{port}"
        assert not is_open(port)
        for _ in range(3):
            listener.present(first)
            listener.present(first)
            listener.present(second)
            assert listener.missing(first) is None
            assert get(port)[1] == ANSWER
            listener.clean_up([first])
            listener.clean_up([first])
            assert listener.missing(first)
            assert get(port)[0] == 404
            assert get(port, PATH.replace(TOKEN, "second"))[0] == 200
            listener.clean_up([second])
            assert listener.ports == ()
            assert not is_open(port)
        listener.clean_up([first])
    listener.close()


def test_close_ends_all_of_it() -> None:
    with listening() as listener:
        listener.present(instruction())
        (port,) = listener.ports
        waiting = socket.create_connection((LOOPBACK, port), timeout=10)
        assert get(port)[1] == ANSWER  # who came before has been let in by then
    with waiting:
        assert waiting.recv(1) == b""
    assert not is_open(port)
    assert listener.missing(instruction())
    assert not [each for each in threading.enumerate() if each.name.startswith("challenge-")]


def test_orders_that_share_an_authorization_do_not_take_its_answer_from_each_other() -> None:
    mine, yours = instruction(order="mine"), instruction(order="yours")
    with listening() as listener:
        listener.present(mine)
        listener.present(yours)
        listener.clean_up([mine])
        assert get(listener.ports[0])[1] == ANSWER
        listener.clean_up([yours])
        assert listener.ports == ()


def test_an_address_that_cannot_be_had_leaves_nothing_behind() -> None:
    (port,) = free_ports(1)
    with socket.create_server((LOOPBACK, port)), listening(f"{LOOPBACK}:{port}") as listener:
        with pytest.raises(ChallengeError, match=f"cannot listen at {LOOPBACK}:{port}: another program"):
            listener.present(instruction())
        assert listener.missing(instruction())
    listener.present(instruction())
    assert get(port)[1] == ANSWER
    listener.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_what_the_ca_must_not_name_opens_nothing(name: str) -> None:
    with listening() as listener:
        with pytest.raises(ChallengeError):
            listener.present(HOSTILE[name])
        listener.clean_up([HOSTILE[name]])
        assert listener.ports == ()


@pytest.mark.parametrize("challenge_type", [ChallengeType.DNS_01, ChallengeType.TLS_ALPN_01])
def test_other_types_of_challenge_are_refused(challenge_type: ChallengeType) -> None:
    with (
        listening() as listener,
        pytest.raises(ChallengeError, match=f"{challenge_type} cannot be fulfilled"),
    ):
        listener.present(instruction(challenge_type))


def test_many_threads_present_ask_and_clean_up() -> None:
    failures: list[BaseException] = []

    def work(listener: HttpListener, number: int) -> None:
        try:
            for turn in range(8):
                mine: Instruction = instruction(token=f"token-{number}-{turn}", order=str(number))
                listener.present(mine)
                assert listener.missing(mine) is None
                path = f"/.well-known/acme-challenge/{mine.token}"
                assert get(listener.ports[0], path)[1] == mine.key_authorization.encode()
                listener.clean_up([mine])
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must see it
            failures.append(error)

    (port,) = free_ports(1)
    with listening(f"{LOOPBACK}:{port}") as listener:
        threads = [threading.Thread(target=work, args=(listener, number)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert listener.ports == ()


def test_slow_clients_hold_nobody_up_and_have_an_end() -> None:
    with listening(limits=Limits(seconds=0.5)) as listener:
        listener.present(instruction())
        (port,) = listener.ports
        begun = time.monotonic()
        with socket.create_connection((LOOPBACK, port), timeout=10) as slow:
            slow.sendall(b"GET / HT")
            assert get(port)[1] == ANSWER
            # A byte now and then does not buy more time.
            slow.settimeout(0.05)
            ended = False
            while not ended:
                assert time.monotonic() - begun < 10
                try:
                    slow.sendall(b"x")
                    ended = slow.recv(1) == b""
                except TimeoutError:
                    continue
                except ConnectionError:
                    ended = True
        assert time.monotonic() - begun >= 0.4


def test_one_client_too_many_takes_the_place_of_the_oldest() -> None:
    with listening(limits=Limits(connections=3, seconds=60)) as listener:
        listener.present(instruction())
        (port,) = listener.ports
        idle = [socket.create_connection((LOOPBACK, port), timeout=10) for _ in range(3)]
        try:
            assert get(port)[1] == ANSWER
            assert idle[0].recv(1) == b""
            idle[2].sendall(request(f"GET {PATH} HTTP/1.1"))
            assert idle[2].recv(65536).endswith(ANSWER)
        finally:
            for each in idle:
                each.close()
