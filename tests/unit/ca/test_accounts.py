from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from acme.jws import JWS
from josepy import jwk

from reconciler import pki
from reconciler.ca.failures import AnswerLostError, GarbledAnswerError
from reconciler.ca.port import AccountAnswer
from reconciler.ca.rfc8555 import Rfc8555CA
from reconciler.errors import CAError, CAUnavailableError, ProblemError, ProtocolError
from reconciler.model.account import KeyType
from reconciler.model.identifier import Identifier
from reconciler.model.order import Status
from reconciler.model.problem import ACME_ERROR
from tests.unit.ca.https_server import unpadded
from tests.unit.ca.scripted_ca import ScriptedCA
from tests.unit.ca.test_answers import an_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.unit.ca.https_server import Reply, Request

KEY = pki.generate_key(KeyType.EC_256)
NEW_KEY = pki.generate_key(KeyType.EC_384)


@pytest.fixture
def scripted() -> Iterator[ScriptedCA]:
    with ScriptedCA() as ca:
        ca.offers["keyChange"] = "/key-change"
        yield ca


@pytest.fixture
def ca(scripted: ScriptedCA) -> Iterator[Rfc8555CA]:
    with scripted.server() as server:
        yield Rfc8555CA(server, KEY, scripted.https.url("/account/1"))


def problem(code: str, status: int, detail: str = "no") -> tuple[dict[str, object], int]:
    return {"type": f"{ACME_ERROR}{code}", "detail": detail}, status


def test_an_account_is_found_by_its_key(scripted: ScriptedCA) -> None:
    scripted.routes["/account"] = scripted.answers({"status": "valid"}, Location="/account/7")
    scripted.routes["/order"] = scripted.answers(an_order(), 201, Location="/order/1")
    with scripted.server() as server:
        ca = Rfc8555CA(server, KEY)
        assert ca.find_account() == AccountAnswer(scripted.https.url("/account/7"), Status.VALID)
        request = scripted.https.requests[-1]
        assert json.loads(request.payload) == {"onlyReturnExisting": True}
        assert request.protected["jwk"] == jwk.JWK.load(KEY).public_key().to_json()
        assert "kid" not in request.protected
        ca.new_order([Identifier("dns", "example.org")])
    assert scripted.https.requests[-1].protected["kid"] == scripted.https.url("/account/7")


def test_no_account_is_no_error_but_a_deactivated_one_is(scripted: ScriptedCA) -> None:
    with scripted.server() as server:
        ca = Rfc8555CA(server, KEY)
        scripted.routes["/account"] = scripted.answers(*problem("accountDoesNotExist", 400))
        assert ca.find_account() is None
        with pytest.raises(CAError, match="not registered yet"):
            ca.read_account()
        scripted.routes["/account"] = scripted.answers(*problem("unauthorized", 403))
        with pytest.raises(ProblemError, match="unauthorized"):
            ca.find_account()


def test_an_account_is_read_changed_and_deactivated(scripted: ScriptedCA, ca: Rfc8555CA) -> None:
    url = scripted.https.url("/account/1")
    orders = scripted.https.url("/orders")
    scripted.routes["/account/1"] = scripted.answers({"status": "valid", "orders": orders})
    assert ca.read_account() == AccountAnswer(url, Status.VALID, (), orders)
    assert scripted.https.requests[-1].payload == b""
    assert ca.update_account(["a@example.org"]).url == url
    assert json.loads(scripted.https.requests[-1].payload) == {"contact": ["mailto:a@example.org"]}
    scripted.routes["/account/1"] = scripted.answers()
    assert ca.update_account([]) == AccountAnswer(url, Status.VALID)
    assert json.loads(scripted.https.requests[-1].payload) == {"contact": []}
    assert ca.deactivate_account() == AccountAnswer(url, Status.DEACTIVATED)
    assert json.loads(scripted.https.requests[-1].payload) == {"status": "deactivated"}


@pytest.mark.parametrize("body", [b"", b"rubbish", {"status": "valid"}])
def test_a_key_change_has_one_signature_in_another(scripted: ScriptedCA, ca: Rfc8555CA, body: object) -> None:
    scripted.routes["/key-change"] = scripted.answers(body)
    ca.change_key(NEW_KEY)
    request = scripted.https.requests[-1]
    url, account = scripted.https.url("/key-change"), scripted.https.url("/account/1")
    old, new = (jwk.JWK.load(each).public_key() for each in (KEY, NEW_KEY))
    assert JWS.json_loads(request.body.decode()).verify(old)
    assert {name: request.protected[name] for name in ("alg", "kid", "url")} == {
        "alg": "ES256",
        "kid": account,
        "url": url,
    }
    inner = JWS.json_loads(request.payload.decode())
    assert inner.verify(new)
    assert json.loads(unpadded(json.loads(request.payload)["protected"])) == {
        "alg": "ES384",
        "jwk": new.to_json(),
        "url": url,
    }
    assert json.loads(inner.payload) == {"account": account, "oldKey": old.to_json()}


@pytest.mark.parametrize("body", [b"", b"<html>We are upgrading</html>", {"status": "valid"}])
def test_what_may_not_be_the_cas_answer_is_not_believed(
    scripted: ScriptedCA, ca: Rfc8555CA, body: object
) -> None:
    scripted.nonce_in_answers = False
    for path in ("/key-change", "/account/1"):
        scripted.routes[path] = scripted.answers(body)
    for change in (partial(ca.change_key, NEW_KEY), partial(ca.update_account, []), ca.deactivate_account):
        with pytest.raises(GarbledAnswerError, match="may not be the CA's: it holds no nonce"):
            change()


def test_requests_go_on_being_signed_with_the_old_key(scripted: ScriptedCA, ca: Rfc8555CA) -> None:
    scripted.routes["/key-change"] = scripted.answers()
    scripted.routes["/account/1"] = scripted.answers({"status": "valid"})
    ca.change_key(NEW_KEY)
    ca.read_account()
    assert JWS.json_loads(scripted.https.requests[-1].body.decode()).verify(jwk.JWK.load(KEY).public_key())


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((b"", 409), "conflict"),
        ((b"<html>Conflict</html>", 409), "conflict"),
        (problem("conflict", 409), "conflict"),
        (problem("malformed", 409), "malformed"),
        (problem("badPublicKey", 400), "badPublicKey"),
        (problem("accountDoesNotExist", 404), "accountDoesNotExist"),
    ],
)
def test_a_refused_key_change(
    scripted: ScriptedCA, ca: Rfc8555CA, answer: tuple[object, int], code: str
) -> None:
    scripted.routes["/key-change"] = scripted.answers(*answer, Location="/account/2")
    with pytest.raises(ProblemError) as caught:
        ca.change_key(NEW_KEY)
    assert (caught.value.problem.code, caught.value.problem.status) == (code, answer[1])


@pytest.mark.parametrize(
    "answer",
    [
        (b"", 404),
        (b"", 501),
        (b"Not Implemented", 501),
        problem("malformed", 404),
        problem("serverInternal", 501),
    ],
)
def test_a_ca_without_key_changes(scripted: ScriptedCA, ca: Rfc8555CA, answer: tuple[object, int]) -> None:
    scripted.routes["/key-change"] = scripted.answers(*answer)
    with pytest.raises(ProtocolError, match="/key-change: the CA does not offer changes of account keys"):
        ca.change_key(NEW_KEY)


def test_a_ca_whose_directory_has_no_key_changes(scripted: ScriptedCA, ca: Rfc8555CA) -> None:
    scripted.offers.clear()
    with pytest.raises(ProtocolError, match="/dir: the CA does not offer changes of account keys"):
        ca.change_key(NEW_KEY)
    assert [each.path for each in scripted.https.requests] == ["/dir"]


@pytest.mark.parametrize("answer", [(b"", 500), (b"", 503), problem("rateLimited", 429)])
def test_a_key_change_may_be_possible_later(
    scripted: ScriptedCA, ca: Rfc8555CA, answer: tuple[object, int]
) -> None:
    scripted.routes["/key-change"] = scripted.answers(*answer)
    with pytest.raises(CAUnavailableError):
        ca.change_key(NEW_KEY)


def pages(scripted: ScriptedCA, *links: str) -> None:
    """Make `/orders/0` and so on, each with one order of its own and one that all have, and these links."""
    for number, link in enumerate(links):
        orders = [scripted.https.url(f"/order/{each}") for each in (number, "shared")]
        scripted.routes[f"/orders/{number}"] = scripted.answers({"orders": orders}, Link=link)


def listed(scripted: ScriptedCA, ca: Rfc8555CA, most: int) -> list[str]:
    got = ca.list_orders(scripted.https.url("/orders/0"), most)
    return [each.rpartition("/")[2] for each in got]


def test_orders_are_listed_page_by_page(scripted: ScriptedCA, ca: Rfc8555CA) -> None:
    pages(scripted, '</orders/1>;rel="next"', '<2>;rel="next"', "")
    assert listed(scripted, ca, 10) == ["0", "shared", "1", "2"]
    assert all(each.payload == b"" for each in scripted.https.requests if each.method == "POST")
    assert listed(scripted, ca, 2) == ["0", "shared", "1"]
    assert listed(scripted, ca, 0) == []
    assert [scripted.count(f"/orders/{number}") for number in range(3)] == [2, 2, 1]


def test_pages_that_lead_in_a_circle_end(scripted: ScriptedCA, ca: Rfc8555CA) -> None:
    pages(scripted, '</orders/1>;rel="next"', '</orders/0>;rel="next"')
    assert listed(scripted, ca, 10) == ["0", "shared", "1"]
    assert [scripted.count(f"/orders/{number}") for number in range(2)] == [1, 1]


def test_a_page_is_asked_for_by_https_only(scripted: ScriptedCA, ca: Rfc8555CA) -> None:
    pages(scripted, '<http://localhost/orders/1>;rel="next"')
    with pytest.raises(ProtocolError, match="is no https URL"):
        listed(scripted, ca, 10)


REPEATED: dict[str, tuple[Callable[[Rfc8555CA], object], int]] = {
    "find": (lambda ca: ca.find_account(), 2),
    "read": (lambda ca: ca.read_account(), 2),
    "update": (lambda ca: ca.update_account([]), 2),
    "deactivate": (lambda ca: ca.deactivate_account(), 1),
    "change_key": (lambda ca: ca.change_key(NEW_KEY), 1),
}


@pytest.mark.parametrize("name", REPEATED)
def test_a_lost_answer_is_asked_for_again_where_that_does_no_harm(
    scripted: ScriptedCA, ca: Rfc8555CA, name: str
) -> None:
    lost = 0

    def lose(_: Request) -> Reply:
        nonlocal lost
        lost += 1
        return None

    scripted.routes |= dict.fromkeys(("/account", "/account/1", "/key-change"), lose)
    call, times = REPEATED[name]
    with pytest.raises(AnswerLostError):
        call(ca)
    assert lost == times
