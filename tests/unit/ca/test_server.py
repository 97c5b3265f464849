from __future__ import annotations

import logging
import threading
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.ca.failures import AnswerLostError, GarbledAnswerError
from reconciler.ca.nonces import FETCHES_AT_ONCE, LONGEST_AGE
from reconciler.ca.port import Directory
from reconciler.ca.server import TRIES, TRIES_IF_MALFORMED, Server
from reconciler.ca.transport import Limits
from reconciler.errors import CAUnavailableError, ProblemError, ProtocolError
from tests.unit.ca.clock import NOW, Clock
from tests.unit.ca.https_server import TRUSTED, HttpsServer, Reply, Request, reply
from tests.unit.ca.scripted_ca import ScriptedCA

if TYPE_CHECKING:
    from collections.abc import Callable

MALFORMED = "urn:ietf:params:acme:error:malformed"


def plain_server(url: str, now: Callable[[], datetime] = lambda: NOW) -> Server:
    return Server(url, user_agent="x", now=now, monotonic=Clock(), trusted_ca=TRUSTED)


def sign(nonce: str) -> bytes:
    """Sign nothing: these tests look at the nonce only."""
    protected = urlsafe_b64encode(f'{{"nonce": "{nonce}"}}'.encode()).decode().rstrip("=")
    return f'{{"protected": "{protected}", "payload": "", "signature": ""}}'.encode()


def test_the_directory_is_read_once_also_by_threads() -> None:
    with ScriptedCA() as ca, ca.server() as server:
        ca.directory_meta = {"externalAccountRequired": True}
        threads = [threading.Thread(target=server.directory) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.directory() == Directory(external_account_required=True)
        assert server.resource("newOrder") == ca.https.url("/order")
        assert ca.count("/dir") == 1


def test_a_directory_that_failed_is_read_again() -> None:
    replies = [reply(503, Retry_After="1"), reply(200, b"<html>")]
    times = [NOW]
    with (
        HttpsServer(lambda _: replies.pop(0) if replies else reply(200, {"newNonce": "https://x/"})) as https,
        plain_server(https.url(), lambda: times[-1]) as server,
    ):
        for _ in range(2):
            with pytest.raises(CAUnavailableError) as caught:
                server.directory()
            assert caught.value.retry_after == NOW + timedelta(seconds=1)
        assert len(https.requests) == 1
        times.append(NOW + timedelta(seconds=1))
        with pytest.raises(GarbledAnswerError, match="not JSON: '<html>'"):
            server.directory()
        with pytest.raises(ProtocolError, match="`newAccount` is missing"):
            server.directory()


def test_only_https_directories() -> None:
    with pytest.raises(ProtocolError, match="directory_url is no https URL"):
        plain_server("http://ca.example/dir")


def test_each_answer_brings_the_next_nonce() -> None:
    with ScriptedCA() as ca, ca.server() as server:
        ca.routes["/x"] = ca.answers({})
        for _ in range(10):
            server.post(ca.https.url("/x"), sign, repeatable=False)
        assert ca.count("/nonce") == 1
        assert ca.https.connections == 1


def test_a_refusal_brings_a_nonce_too() -> None:
    with ScriptedCA() as ca, ca.server() as server:
        ca.routes["/x"] = ca.answers({"type": MALFORMED, "detail": "no"}, 400)
        for _ in range(3):
            with pytest.raises(ProblemError, match="malformed: no"):
                server.post(ca.https.url("/x"), sign, repeatable=False)
        assert ca.count("/nonce") == 1
        assert ca.count("/x") == 3


def test_an_answer_without_a_nonce_is_no_error() -> None:
    with ScriptedCA() as ca, ca.server() as server:
        ca.routes["/x"] = ca.answers({})
        ca.nonce_in_answers = False
        for _ in range(3):
            assert server.post(ca.https.url("/x"), sign, repeatable=False).status == 200
        assert ca.count("/nonce") == 3
        assert ca.count("/x") == 3


def test_a_nonce_of_the_directory_saves_a_request() -> None:
    def respond(request: Request) -> Reply:
        if request.path == "/dir":
            body = {name: https.url("/x") for name in ("newNonce", "newAccount", "newOrder")}
            return reply(200, body, Replay_Nonce="early")
        return reply(200, {}, Replay_Nonce="next")

    with HttpsServer(respond) as https:
        with plain_server(https.url("/dir")) as server:
            url = server.resource("newOrder")
            server.post(url, sign, repeatable=False)
        assert [(each.method, each.path) for each in https.requests] == [("GET", "/dir"), ("POST", "/x")]
        assert https.requests[1].protected == {"nonce": "early"}


def test_old_nonces_are_fetched_anew() -> None:
    clock = Clock()
    with ScriptedCA() as ca, ca.server(clock=clock) as server:
        ca.routes["/x"] = ca.answers({})
        server.post(ca.https.url("/x"), sign, repeatable=False)
        clock.seconds += LONGEST_AGE + 1
        server.post(ca.https.url("/x"), sign, repeatable=False)
        assert ca.count("/nonce") == 2


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_refused_nonce_is_replaced_by_the_one_that_came_with_the_refusal(repeatable: bool) -> None:
    with ScriptedCA() as ca, ca.server() as server:
        ca.routes["/x"] = ca.answers({})
        server.post(ca.https.url("/x"), sign, repeatable=repeatable)
        ca.forget_nonces()
        ca.refuse = TRIES - 1
        assert server.post(ca.https.url("/x"), sign, repeatable=repeatable).status == 200
        assert ca.count("/nonce") == 1
        assert ca.count("/x") == 1 + TRIES
        assert set(ca.used.values()) == {1}


def test_nonces_that_are_always_refused_end_as_unavailable() -> None:
    with ScriptedCA() as ca, ca.server() as server:
        ca.refuse = 10**6
        with pytest.raises(CAUnavailableError, match="badNonce") as caught:
            server.post(ca.https.url("/x"), sign, repeatable=False)
        assert not isinstance(caught.value, AnswerLostError)
        assert ca.count("/x") == TRIES


def test_malformed_is_tried_again_only_if_it_speaks_of_the_nonce() -> None:
    with ScriptedCA() as ca, ca.server() as server:
        ca.refusal_type = MALFORMED
        ca.routes["/x"] = ca.answers({})
        ca.refuse = TRIES_IF_MALFORMED - 1
        assert server.post(ca.https.url("/x"), sign, repeatable=False).status == 200
        ca.refuse = 10**6
        with pytest.raises(ProblemError, match="malformed"):
            server.post(ca.https.url("/x"), sign, repeatable=False)
        assert ca.count("/x") == 2 * TRIES_IF_MALFORMED


def test_a_refusal_without_a_nonce_asks_for_one() -> None:
    answers = [reply(400, {"type": "urn:ietf:params:acme:error:badNonce"}, Replay_Nonce="no nonce!")]
    with ScriptedCA() as ca, ca.server() as server:
        ca.routes["/x"] = lambda request: answers.pop() if answers else ca.answers({})(request)
        assert server.post(ca.https.url("/x"), sign, repeatable=False).status == 200
        assert ca.count("/nonce") == 2


def test_new_nonce_without_a_nonce() -> None:
    def respond(_: Request) -> Reply:
        return reply(200, {name: https.url() for name in ("newNonce", "newAccount", "newOrder")})

    with (
        HttpsServer(respond) as https,
        plain_server(https.url()) as server,
        pytest.raises(CAUnavailableError, match="holds no nonce"),
    ):
        server.post(https.url("/x"), sign, repeatable=False)


def test_a_refusal_to_give_a_nonce_is_worth_another_try() -> None:
    def respond(request: Request) -> Reply:
        names = ("newNonce", "newAccount", "newOrder")
        return reply(400) if request.method == "HEAD" else reply(200, {name: https.url() for name in names})

    with (
        HttpsServer(respond) as https,
        plain_server(https.url()) as server,
        pytest.raises(CAUnavailableError, match="HTTP status 400"),
    ):
        server.post(https.url("/x"), sign, repeatable=False)


def test_a_lost_answer_is_not_sent_again_where_the_ca_may_have_acted() -> None:
    with ScriptedCA() as ca, ca.server() as server:
        ca.routes["/order"] = lambda _: None
        with pytest.raises(
            AnswerLostError, match="/order: the connection was closed before a whole answer came"
        ):
            server.post(ca.https.url("/order"), sign, repeatable=False)
        assert ca.count("/order") == 1


def test_a_lost_answer_to_a_question_is_asked_for_again_once() -> None:
    lost = [None, None]
    with ScriptedCA() as ca, ca.server() as server:
        ca.routes["/x"] = lambda request: lost.pop() if lost else ca.answers({"ok": 1})(request)
        with pytest.raises(AnswerLostError):
            server.post(ca.https.url("/x"), sign, repeatable=True)
        lost.append(None)
        assert server.post(ca.https.url("/x"), sign, repeatable=True).body == b'{"ok": 1}'
        assert ca.count("/x") == 4
        assert set(ca.used.values()) == {1}


def test_the_deadline_is_for_the_whole_call() -> None:
    with ScriptedCA() as ca, ca.server(Limits(connect_seconds=5, request_seconds=0.5)) as server:
        server.directory()
        ca.refuse = 10**9
        slow = threading.Event()
        respond = ca.https.respond

        def slowly(request: Request) -> Reply:
            slow.wait(0.1)
            return respond(request)

        ca.https.respond = slowly
        with pytest.raises(CAUnavailableError, match=r"in time|within 0.5 seconds"):
            server.post(ca.https.url("/x"), sign, repeatable=True)
        assert ca.count("/x") < 10


def test_twenty_threads_use_each_nonce_once() -> None:
    with ScriptedCA() as ca, ca.server(Limits(connections=20)) as server:
        ca.routes["/x"] = ca.answers({})
        failures: list[BaseException] = []

        def work() -> None:
            try:
                for _ in range(50):
                    server.post(ca.https.url("/x"), sign, repeatable=False)
            except BaseException as error:  # noqa: BLE001 - whatever it is, the test must see it
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert ca.count("/x") == 1000
        assert len(ca.used) == 1000
        assert ca.count("/nonce") <= 20
        assert ca.https.connections <= 20 + FETCHES_AT_ONCE


def test_debug_logs_show_no_payload(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedCA() as ca, ca.server() as server:
        ca.routes["/x"] = ca.answers({"a": "answer-secret"})
        server.post(ca.https.url("/x"), sign, repeatable=True)
        nonce = next(iter(ca.used))
    assert "secret" not in caplog.text
    assert nonce not in caplog.text
    assert "POST" in caplog.text
