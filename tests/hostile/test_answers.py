"""Answers that are not what the protocol says: the run says so, and nothing of them gets anywhere."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.hostile.mutations import HOSTILE_TEXTS
from tests.unit.ca.whole_ca import TOKEN, Draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hostile.in_process import Here

_DAY = dt.timedelta(days=1)


def at(
    step: str, change: Callable[[Draft], Draft | None], *, first: int = 0
) -> Callable[[str, int, Draft], Draft]:
    """Return a change of one step's answers, from the `first` on."""

    def changed(taken: str, number: int, draft: Draft) -> Draft:
        return (change(draft) or draft) if taken == step and number >= first else draft

    return changed


def plain(text: str) -> str:
    return " ".join(text.split())


def completes(here: Here) -> None:
    """See to it that an honest CA gets the same state to its end."""
    here.ca.be_honest()
    for _ in range(2):
        here.now += 5 * _DAY
        code, said = here.run("apply", "--no-wait")
        if code == 0:
            break
    assert code == 0, said
    assert (here.folder / "certs/www/cert.pem").exists()


@pytest.mark.parametrize("token", HOSTILE_TEXTS[:24])
def test_a_hostile_token_gets_nowhere(here: Here, token: str) -> None:
    program = here.folder / "hook"
    program.write_text('#!/bin/sh\nenv > "$(dirname "$0")/state/called-$1"\n')
    program.chmod(0o755)
    (here.folder / "reconciler.yaml").write_text("challenges: {http-01: {exec: [./hook]}}\n")
    here.ca.change = at("authorization", lambda draft: draft.body["challenges"][0].update(token=token))
    code, said = here.run("apply", "--no-wait")
    assert code == 4
    assert "challenges[0].token` is no token of 22 to 256 base64url characters" in plain(said)
    assert not list((here.folder / "state").glob("called-*"))
    assert not list((here.folder / "webroot").rglob("*"))
    (here.folder / "reconciler.yaml").write_text("challenges: {http-01: {webroot: webroot}}\n")
    completes(here)


def test_an_honest_token_does(here: Here) -> None:
    seen: list[str] = []

    def look(_: Draft) -> None:
        seen.extend(each.name for each in (here.folder / "webroot").rglob("*") if each.is_file())

    here.ca.change = at("challenge", look)
    assert here.run("apply", "--no-wait")[0] == 0
    assert seen == [TOKEN]


def _identifiers(*names: str) -> list[dict[str, str]]:
    return [{"type": "dns", "value": each} for each in names]


ORDERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "other names": (
        "order",
        {"identifiers": _identifiers("evil.example.com")},
        "for other identifiers than were",
    ),
    "more names": (
        "order",
        {"identifiers": _identifiers("www.example.com", "evil.example.com")},
        "for other identifiers than were",
    ),
    "no names": ("order", {"identifiers": []}, "for other identifiers than were"),
    "a thousand names": (
        "order",
        {"identifiers": _identifiers(*(f"{each}.example.com" for each in range(1000)))},
        "and 980 more",
    ),
    "other names later": (
        "poll",
        {"identifiers": _identifiers("evil.example.com")},
        "for other identifiers than were",
    ),
    "a thousand authorizations": (
        "order",
        {"authorizations": [f"https://ca.test/authorization/{each}" for each in range(1000)]},
        "wants 1000 authorizations for 1 identifiers",
    ),
    "more of them": (
        "order",
        {"authorizations": ["https://ca.test/authorization/0"] * 1001},
        "has 1001 elements; more than 1000 are not looked at",
    ),
    "an unknown status": ("poll", {"status": "frozen"}, "is 'frozen', which is not known for it"),
    "the year 0": ("order", {"expires": "0000-01-01T00:00:00Z"}, "is no time as of RFC 3339"),
    "the year 10000": ("order", {"expires": "10000-01-01T00:00:00Z"}, "is no time as of RFC 3339"),
    "no zone": ("order", {"expires": "2030-01-01T00:00:00"}, "is no time as of RFC 3339"),
    "an authorization for another name": (
        "authorization",
        {"identifier": {"type": "dns", "value": "evil.example.com"}},
        "wants an authorization for evil.example.com, which was not ordered",
    ),
    "51 challenges": (
        "authorization",
        {"challenges": [{"type": "x", "url": "https://ca.test/x", "status": "pending"}] * 51},
        "has 51 elements; more than 50 are not looked at",
    ),
}


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_that_is_another(here: Here, name: str) -> None:
    step, members, message = ORDERS[name]
    here.ca.change = at(step, lambda draft: draft.body.update(members))
    code, said = here.run("apply", "--no-wait")
    assert code == 4
    assert message in plain(said)
    assert here.ca.taken["authorization"] <= 1
    completes(here)


@pytest.mark.parametrize("back", ["pending", "ready", "processing"])
def test_an_order_that_goes_back_is_not_followed_for_ever(here: Here, back: str) -> None:
    def change(draft: Draft) -> None:
        draft.body.pop("certificate", None)
        draft.body["status"] = back

    after, before = at("poll", change, first=1), at("finalize", change)
    here.ca.change = lambda *answer: (before if answer[0] == "finalize" else after)(*answer)
    code, said = here.run("apply", "--no-wait")
    assert code in (0, 4), said
    assert sum(here.ca.taken.values()) < 60
    completes(here)


def test_a_finalize_url_that_changes_is_used(here: Here) -> None:
    """The CSR is public, and the request signed for the new URL."""
    here.ca.change = at("poll", lambda draft: draft.body.update(finalize="https://ca.test/finalize/0/again"))
    code, said = here.run("apply", "--no-wait")
    assert code == 4
    assert "there is no such thing" in said
    completes(here)


JSON: dict[str, tuple[bytes, str]] = {
    "a doubled member": (b'{"status": "valid", "status": "pending"}', "has the member `status` twice"),
    "a doubled member inside": (b'{"a": [{"b": 1, "b": 1}]}', "has the member `b` twice"),
    "NaN": (b'{"status": NaN}', "is not JSON"),
    "Infinity": (b'{"status": -Infinity}', "is not JSON"),
    "100,000 arrays": (b"[" * 100_000, "has more than 50000 values"),
    "40,000 arrays": (b'{"a":' + b"[" * 40_000 + b"]" * 40_000 + b"}", "is not JSON"),
    "a number of 100,000 digits": (b'{"a": ' + b"1" * 100_000 + b"}", "is not JSON"),
    "1e999999": (b'{"status": 1e999999}', "`status` is not a text"),
    "invalid UTF-8": (b'{"status": "\xff"}', "is not JSON"),
    "UTF-16": ('{"status": "pending"}'.encode("utf-16"), "is not JSON"),
    "a lone surrogate": (rb'{"status": "\ud800"}', "`status` is ''"),
    "an array of a million": (b"[" + b"0," * 500_000 + b"0]", "has more than 50000 values"),
    "an array": (b"[]", "is JSON, but no object"),
    "nothing": (b"", "is not JSON: ''"),
    "a private key": (b"-----BEGIN PRIVATE KEY-----\nMIG", "there is a private key in it"),
}


@pytest.mark.parametrize("name", JSON)
def test_json_that_is_none_or_two(here: Here, name: str) -> None:
    body, message = JSON[name]

    def change(draft: Draft) -> None:
        draft.body = body

    here.ca.change = at("poll", change)
    code, said = here.run("apply", "--no-wait")
    assert code == 4
    assert message in plain(said)
    completes(here)


def test_a_byte_order_mark_is_ignored(here: Here) -> None:
    def change(draft: Draft) -> None:
        draft.body = b"\xef\xbb\xbf" + json.dumps(draft.body).encode()

    here.ca.change = at("poll", change)
    assert here.run("apply", "--no-wait")[0] == 0


@pytest.mark.parametrize(
    "zone", ["2016-12-31T23:59:60Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"]
)
def test_dates_that_are_odd_end_no_run(here: Here, zone: str) -> None:
    here.ca.change = at("order", lambda draft: draft.body.update(expires=zone))
    assert here.run("apply", "--no-wait")[0] in (0, 4)
    completes(here)


PROBLEMS: dict[str, dict[str, Any]] = {
    "megabytes": {"type": "urn:ietf:params:acme:error:unauthorized", "detail": "x" * 1_000_000},
    "escapes": {
        "type": "about:\x1b[31mblank",
        "detail": "\x1b]0;owned\x07\x1b[2J\r\n::error::owned\n##[error]owned",
    },
    "bidi": {"type": "x", "detail": "\u202e\u2066gnp.exe\u2069"},
    "10,000 subproblems": {
        "type": "urn:ietf:params:acme:error:compound",
        "detail": "many",
        "subproblems": [{"type": "x", "detail": "y" * 20, "identifier": {"type": "dns", "value": "z"}}]
        * 10_000,
    },
    "100,000 subproblems": {"type": "x", "detail": "many", "subproblems": [{}] * 100_000},
    "a huge status": {"type": "x", "detail": "y", "status": 10**4000},
    "no texts": {"type": 1, "detail": [], "title": {}, "subproblems": "no", "identifier": 5},
}


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("step", ["directory", "order", "challenge"])
def test_problem_documents_are_shown_in_part_and_cleaned(here: Here, name: str, step: str) -> None:
    here.ca.change = at(step, lambda _: Draft(403, PROBLEMS[name]))
    code, said = here.run("apply", "--no-wait")
    # Of a challenge that is refused the authorization is read: whether the CA looks at it all the same.
    assert code == 4 or (code == 0 and step == "challenge")
    assert len(said) < 30_000
    for path in (here.folder / "state").rglob("*"):
        assert path.is_dir() or path.stat().st_size < 100_000
    here.run("status")
    completes(here)


@pytest.mark.parametrize(
    "nonce", ["x" * 10**6, "a\r\nX-Injected: b", "with spaces", "+/=", "", "\x00", "ünïcode"]
)
def test_what_is_no_nonce_is_not_used(here: Here, nonce: str) -> None:
    def change(step: str, _: int, draft: Draft) -> Draft:
        draft.headers["Replay-Nonce"] = nonce
        return draft

    here.ca.change = change
    code, said = here.run("apply", "--no-wait")
    assert code == 4
    assert "the answer holds no nonce" in plain(said)
    completes(here)


def test_the_same_nonce_over_and_over_ends(here: Here) -> None:
    bad = {"type": "urn:ietf:params:acme:error:badNonce", "detail": "that one again"}

    def change(step: str, _: int, draft: Draft) -> Draft:
        draft.headers["Replay-Nonce"] = "always-the-same"
        return draft if step in ("directory", "nonce") else Draft(400, bad, draft.headers)

    here.ca.change = change
    code, said = here.run("apply", "--no-wait")
    assert code in (0, 4)
    assert "that one again" in plain(said)
    assert sum(here.ca.taken.values()) < 100
    completes(here)
