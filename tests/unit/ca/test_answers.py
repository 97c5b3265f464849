from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.ca import answers
from reconciler.ca.failures import GarbledAnswerError
from reconciler.ca.http1 import Headers
from reconciler.ca.port import AuthorizationAnswer, OrderAnswer
from reconciler.ca.transport import Answer
from reconciler.errors import CAError, ProtocolError
from reconciler.model.identifier import Identifier
from reconciler.model.order import Challenge, Status
from reconciler.model.problem import Problem
from tests.unit.ca.clock import NOW

URL = "https://ca.example/1"
TOKEN = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
EXPIRES = "2026-03-08T12:00:00Z"
NEXT_WEEK = NOW + timedelta(days=7)


def answer(body: object, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(
        URL, 200, Headers.of((name.replace("_", "-"), value) for name, value in headers.items()), content
    )


def an_order(**changes: object) -> dict[str, Any]:
    return {
        "status": "pending",
        "expires": EXPIRES,
        "identifiers": [{"type": "dns", "value": "*.Example.org."}, {"type": "ip", "value": "2001:DB8:0::1"}],
        "authorizations": ["https://ca.example/authz/1", "https://other.example/authz/2"],
        "finalize": "https://ca.example/finalize/1",
        **changes,
    }


def an_authorization(**changes: object) -> dict[str, Any]:
    return {
        "status": "pending",
        "expires": EXPIRES,
        "identifier": {"type": "dns", "value": "www.Example.org"},
        "challenges": [a_challenge()],
        **changes,
    }


def a_challenge(**changes: object) -> dict[str, Any]:
    return {
        "type": "http-01",
        "url": "https://ca.example/chall/1",
        "status": "pending",
        "token": TOKEN,
        **changes,
    }


def test_a_new_order() -> None:
    got = answers.order(answer(an_order(), Location="/order/1", Retry_After="5"), NOW)
    assert got == OrderAnswer(
        url="https://ca.example/order/1",
        status=Status.PENDING,
        identifiers=(Identifier("dns", "*.example.org"), Identifier("ip", "2001:db8::1")),
        authorizations=("https://ca.example/authz/1", "https://other.example/authz/2"),
        finalize="https://ca.example/finalize/1",
        expires=NEXT_WEEK,
        retry_after=NOW + timedelta(seconds=5),
    )


def test_a_later_order_may_leave_out_where_to_finalize() -> None:
    body = an_order(status="valid", finalize=None, certificate="https://ca.example/cert/1")
    got = answers.order(answer(body), NOW, "https://ca.example/order/1")
    assert (got.url, got.finalize, got.certificate) == (
        "https://ca.example/order/1",
        None,
        "https://ca.example/cert/1",
    )


def test_an_order_that_failed_says_why() -> None:
    error = {"type": "urn:ietf:params:acme:error:caa", "detail": "no", "status": 403}
    got = answers.order(answer(an_order(status="invalid", error=error)), NOW, URL)
    assert got.error == Problem("urn:ietf:params:acme:error:caa", "no", 403)


@pytest.mark.parametrize(
    ("said", "profile"), [({}, None), ({"profile": None}, None), ({"profile": "x\x1b[m"}, "x [m")]
)
def test_an_order_may_say_by_which_profile_it_is(said: dict[str, object], profile: str | None) -> None:
    assert answers.order(answer(an_order(**said), Location="/order/1"), NOW).profile == profile


def test_an_order_may_say_when_its_certificate_ends() -> None:
    assert answers.order(answer(an_order(notAfter=EXPIRES)), NOW, URL).not_after == NEXT_WEEK
    assert answers.order(answer(an_order(notAfter="")), NOW, URL).not_after is None
    with pytest.raises(ProtocolError, match="`notAfter` is no time"):
        answers.order(answer(an_order(notAfter="soon")), NOW, URL)


def test_an_order_may_be_expired() -> None:
    assert answers.order(answer(an_order(status="expired")), NOW, URL).status is Status.EXPIRED


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": None}, "`status` is missing"),
        ({"status": "done"}, "`status` is 'done'"),
        ({"status": "revoked"}, "`status` is 'revoked'"),
        ({"status": 5}, "`status` is not a text"),
        ({"expires": "tomorrow"}, "`expires` is no time"),
        ({"expires": "2026-13-01T00:00:00Z"}, "`expires` is no time"),
        ({"expires": "2026-03-08T12:00:00"}, "`expires` is no time"),
        ({"expires": "9999-12-31T23:59:59-23:00"}, "`expires` is no time"),
        ({"expires": 1}, "`expires` is not a text"),
        ({"identifiers": None}, "`identifiers` is missing"),
        ({"identifiers": {}}, "`identifiers` is not a list"),
        ({"identifiers": ["a"]}, r"`identifiers\[0\]` is not an object"),
        ({"identifiers": [{"type": "dns"}]}, r"`identifiers\[0\].value` is missing"),
        ({"identifiers": [{"type": "email", "value": "a@b"}]}, r"`identifiers\[0\].type` is 'email'"),
        ({"identifiers": [{"type": "dns", "value": "../x"}]}, r"`identifiers\[0\].value` is no DNS name"),
        ({"identifiers": [{"type": "dns", "value": "a" * 300}]}, r"`identifiers\[0\].value` is no DNS name"),
        ({"identifiers": [{"type": "ip", "value": "1.2.3"}]}, r"`identifiers\[0\].value` is no IP address"),
        ({"authorizations": None}, "`authorizations` is missing"),
        ({"authorizations": ["https://a/", 5]}, r"`authorizations\[1\]` is not a text"),
        ({"authorizations": ["http://a/"]}, r"`authorizations\[0\]` is no https URL"),
        ({"finalize": None}, "`finalize` is missing"),
        ({"finalize": "file:///etc/passwd"}, "`finalize` is no https URL"),
        ({"certificate": "http://ca.example/"}, "`certificate` is no https URL"),
        ({"error": "bad"}, "`error` is not an object"),
    ],
)
def test_an_order_that_makes_no_sense(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ProtocolError, match=f"^{URL}: the answer's {message}"):
        answers.order(answer(an_order(**changes), Location="/order/1"), NOW)


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ({}, GarbledAnswerError),
        ({"Location": ""}, GarbledAnswerError),
        ({"Location": "http://ca.example/order"}, ProtocolError),
        ({"Location": "//["}, ProtocolError),
    ],
)
def test_a_new_order_must_have_a_url(location: dict[str, str], error: type[CAError]) -> None:
    with pytest.raises(error, match="header Location"):
        answers.order(answer(an_order(), **location), NOW)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-03-08T12:00:00Z", NEXT_WEEK),
        ("2026-03-08t12:00:00z", NEXT_WEEK),
        ("2026-03-08T13:30:00+01:30", NEXT_WEEK),
        ("2026-03-08T12:00:00.5Z", NEXT_WEEK + timedelta(milliseconds=500)),
        ("2026-03-08T12:00:00.123456789Z", NEXT_WEEK + timedelta(microseconds=123456)),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        (None, None),
    ],
)
def test_times(text: str | None, wanted: datetime | None) -> None:
    got = answers.order(answer(an_order(expires=text)), NOW, URL).expires
    assert got == wanted
    assert got is None or got.tzinfo is UTC


def test_an_authorization() -> None:
    body = an_authorization(
        challenges=[
            a_challenge(),
            a_challenge(type="dns-persist-01", token=None, url="https://ca.example/chall/2"),
            a_challenge(type="dns-01", status="invalid", error={"type": "x", "detail": "no TXT"}),
        ]
    )
    assert answers.authorization(answer(body, Retry_After="1"), NOW) == AuthorizationAnswer(
        url=URL,
        identifier=Identifier("dns", "www.example.org"),
        wildcard=False,
        status=Status.PENDING,
        challenges=(
            Challenge("http-01", "https://ca.example/chall/1", Status.PENDING, TOKEN),
            Challenge("dns-persist-01", "https://ca.example/chall/2", Status.PENDING),
            Challenge("dns-01", "https://ca.example/chall/1", Status.INVALID, TOKEN, Problem("x", "no TXT")),
        ),
        expires=NEXT_WEEK,
        retry_after=NOW + timedelta(seconds=1),
    )


@pytest.mark.parametrize(
    "changes", [{"wildcard": True}, {"identifier": {"type": "dns", "value": "*.WWW.example.org"}}]
)
def test_the_authorization_of_a_wildcard_in_both_forms(changes: dict[str, object]) -> None:
    got = answers.authorization(answer(an_authorization(**changes)), NOW)
    assert got.wildcard
    assert got.identifier == Identifier("dns", "www.example.org")


@pytest.mark.parametrize("status", Status)
def test_an_authorization_may_have_any_status(status: Status) -> None:
    assert answers.authorization(answer(an_authorization(status=status)), NOW).status is status


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"token": None}, "token` is no token"),
        ({"token": "short"}, "token` is no token"),
        ({"token": "../../etc/passwd/......"}, "token` is no token"),
        ({"token": "x" * 257}, "token` is no token"),
        ({"token": TOKEN + "\n"}, "token` is no token"),
        ({"token": TOKEN + "="}, "token` is no token"),
        ({"token": "short", "status": "valid"}, "token` is no token"),
        ({"url": None}, "url` is missing"),
        ({"url": "http://ca.example/"}, "url` is no https URL"),
        ({"type": None}, "type` is missing"),
        ({"status": "odd"}, "status` is 'odd'"),
    ],
)
def test_a_challenge_that_makes_no_sense(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ProtocolError, match=rf"`challenges\[0\].{message}"):
        answers.authorization(answer(an_authorization(challenges=[a_challenge(**changes)])), NOW)


def test_a_valid_challenge_may_have_lost_its_token() -> None:
    assert answers.challenge(answer(a_challenge(status="valid", token=None))).token == ""


def test_an_unknown_challenge_may_have_any_token() -> None:
    got = answers.challenge(answer(a_challenge(type="device-attest-01", token="a/b")))
    assert (got.type, got.token) == ("device-attest-01", "")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>\x1b[2J</html>", "is not JSON: '<html> "),
        (b"", "is not JSON: ''"),
        (b"\xff", "is not JSON"),
        (b"[" * 40_000, "is not JSON"),
        (b"[" * 100_000, "has more than 50000 values"),
        (b'{"a": ' + b"1" * 10_000 + b"}", "is not JSON"),
        (b"[1]", r"no object: '\[1\]'"),
        (b"null", "no object: 'null'"),
    ],
)
def test_what_is_no_object(body: bytes, message: str) -> None:
    with pytest.raises(GarbledAnswerError, match=message):
        answers.challenge(answer(body))
