"""What goes wrong is what the script says, and nothing else; the record tells of all of it."""

from __future__ import annotations

import json

import pytest

from tools import faults
from tools.acme_endpoints import Endpoint, endpoint_of
from tools.fault_script import Rule, at_random, by_rules
from tools.http_messages import Answer, Request

REQUEST = Request("POST", "/order-plz", (), b'{"protected": "eyJub25jZSI6ICJhYmMifQ", "payload": ""}')


def test_endpoints_of_paths() -> None:
    assert endpoint_of("/order-plz") is Endpoint.NEW_ORDER
    assert endpoint_of("/my-order/1?x=2") is Endpoint.ORDER
    assert endpoint_of("/draft-ietf-acme-ari-03/renewalInfo/a.b") is Endpoint.RENEWAL_INFO
    with pytest.raises(ValueError, match="no path /other"):
        endpoint_of("/other")


def test_rules_choose_by_number() -> None:
    every = by_rules([Rule(Endpoint.ORDER, faults.RESET, first=2, every=3, most=2)])
    assert [number for number in range(1, 12) if every(Endpoint.ORDER, number)] == [2, 5]
    assert every(Endpoint.FINALIZE, 2) is None


def test_a_share_at_random_is_the_same_each_time() -> None:
    scripts = [at_random((faults.RESET, faults.CUT), 0.05, seed) for seed in (1, 1, 2)]
    met = [[script(Endpoint.ORDER, number) for number in range(2000)] for script in scripts]
    assert met[0] == met[1] != met[2]
    assert 60 < sum(each is not None for each in met[0]) < 140


def test_a_refused_nonce_is_offered_again() -> None:
    answer = faults.BAD_NONCE.change(REQUEST, Answer())
    assert (answer.status, answer.header("replay-nonce")) == (400, "abc")
    assert json.loads(answer.body)["type"].endswith(":badNonce")


def test_faults_have_names_of_their_own() -> None:
    every = [*faults.BEFORE, *faults.AFTER]
    assert len({each.name for each in every}) == len(every)
    assert not any(each.acts for each in faults.BEFORE)
    assert all(each.acts for each in faults.AFTER)


def test_what_must_be_there_once_comes_twice() -> None:
    given = Answer(201, (("Location", "https://ca.example/1"), ("Replay-Nonce", "abc")))
    answer = faults.DOUBLED.change(REQUEST, given)
    assert [name for name, _ in answer.headers] == ["Location", "Replay-Nonce"] * 2
