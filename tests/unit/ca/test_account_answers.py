from __future__ import annotations

import pytest

from reconciler.ca import account_answers
from reconciler.ca.failures import GarbledAnswerError
from reconciler.ca.fields import fields_of
from reconciler.ca.port import AccountAnswer, Directory
from reconciler.errors import ProtocolError
from reconciler.model.order import Status
from tests.unit.ca.test_answers import URL, answer

ORDERS = "https://ca.example/account/1/orders"


def test_an_account() -> None:
    body = {"status": "valid", "contact": ["mailto:a@example.org", 5], "orders": ORDERS}
    got = account_answers.account(answer(body, Location=URL + "/a"))
    assert got == AccountAnswer(URL + "/a", Status.VALID, ("mailto:a@example.org",), ORDERS)
    with pytest.raises(GarbledAnswerError, match="Location"):
        account_answers.account(answer({"status": "valid"}))


@pytest.mark.parametrize("orders", [None, "", "http://ca.example/orders", 5, "/orders"])
def test_a_list_of_orders_that_cannot_be_asked_for_is_none(orders: object) -> None:
    body = {"status": "valid", "orders": orders}
    assert account_answers.account(answer(body, Location=URL)).orders is None


def test_a_known_account_is_not_named_again() -> None:
    assert account_answers.known_account(answer({"status": "revoked"}), URL) == AccountAnswer(
        URL, Status.REVOKED
    )
    with pytest.raises(ProtocolError, match="`status` is missing"):
        account_answers.known_account(answer({}), URL)


@pytest.mark.parametrize("body", [b"", b" \n", {}, {"status": None}])
def test_the_answer_to_a_change_may_say_nothing(body: object) -> None:
    got = account_answers.known_account(answer(body), URL, Status.DEACTIVATED)
    assert got == AccountAnswer(URL, Status.DEACTIVATED)


def test_what_the_answer_to_a_change_says_holds() -> None:
    got = account_answers.known_account(answer({"status": "valid"}), URL, Status.DEACTIVATED)
    assert got.status is Status.VALID
    with pytest.raises(ProtocolError, match="`status` is 'odd'"):
        account_answers.known_account(answer({"status": "odd"}), URL, Status.VALID)


def test_a_list_of_orders() -> None:
    assert account_answers.listed_orders(answer({"orders": []})) == []
    assert account_answers.listed_orders(answer({"orders": ["https://ca.example/order/1"]})) == [
        "https://ca.example/order/1"
    ]
    for orders, message in [
        (None, "`orders` is missing"),
        (["https://ca.example/1", "http://x/"], r"`orders\[1\]` is no https URL"),
        ([5], r"`orders\[0\]` is not a text"),
    ]:
        with pytest.raises(ProtocolError, match=message):
            account_answers.listed_orders(answer({"orders": orders}))


def test_a_directory() -> None:
    meta = {
        "termsOfService": "https://ca.example/tos",
        "externalAccountRequired": True,
        "profiles": {"classic": "x"},
    }
    body = {"meta": meta, "renewalInfo": "https://ca.example/renewal"}
    assert account_answers.directory(fields_of(answer(body))) == Directory(
        "https://ca.example/tos", True, ("classic",), True
    )
    assert account_answers.directory(fields_of(answer({}))) == Directory()
    with pytest.raises(ProtocolError, match=r"`meta.externalAccountRequired` is not true or false"):
        account_answers.directory(fields_of(answer({"meta": {"externalAccountRequired": "yes"}})))


@pytest.mark.parametrize(
    ("url", "offered"), [("https://ca.example/r", True), ("http://ca/", False), (1, False)]
)
def test_renewal_information_needs_no_meta(url: object, offered: bool) -> None:
    assert account_answers.directory(fields_of(answer({"renewalInfo": url}))).renewal_info is offered


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        (["ca.example", "CA.Example.", "other.example"], ("ca.example", "other.example")),
        (["not a name", "\x1b[2J", "", "ca.example\n", 5, None, "x" * 64, "a." * 130 + "a"], ()),
        (["ok.example", "; x", 'a"', "a..b", "*.example", "ü.example"], ("ok.example",)),
        (
            [f"ca{number}.example" for number in range(1000)],
            tuple(f"ca{number}.example" for number in range(20)),
        ),
        ("ca.example", ()),
        ({"ca.example": 1}, ()),
        (None, ()),
    ],
)
def test_what_a_ca_calls_itself_is_checked(listed: object, names: tuple[str, ...]) -> None:
    fields = fields_of(answer({"meta": {"caaIdentities": listed}}))
    assert account_answers.directory(fields).caa_identities == names
