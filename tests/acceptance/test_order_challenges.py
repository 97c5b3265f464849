"""`reconciler order challenges`, `fulfilled` and `show`, where the program fulfils some challenges itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.model.fulfillment import Method, Way
from reconciler.model.order import Stage, Status
from reconciler.model.role import ChallengeType
from reconciler.store import Store
from tests.acceptance.trees import write_account
from tests.unit import values

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.order import Authorization, Order
    from tests.acceptance.conftest import RunProgram

CORP, LISTENER = Method(Way.DNS_PROVIDER, "corp"), Method(Way.LISTEN, "0.0.0.0:80")


def authorization(name: str, chosen: ChallengeType, method: Method | None = None) -> Authorization:
    return replace(values.authorization(name, chosen=chosen), by_hand=method is None, method=method)


AUTOMATIC = (
    authorization("corp.example.test", ChallengeType.DNS_01, CORP),
    authorization("web.example.test", ChallengeType.HTTP_01, LISTENER),
)
BY_HAND = authorization("hand.example.test", ChallengeType.DNS_01)


def write(tree: Path, stage: Stage, *authorizations: Authorization) -> Order:
    """Leave an order with these authorizations."""
    write_account(tree)
    names = [each.identifier.value for each in authorizations]
    order = values.order("www", *names, stage=stage)
    order = replace(order, status=Status.PENDING, authorizations=authorizations)
    Store(tree / "state").save_order(order)
    return order


@pytest.fixture
def mixed(tree: Path) -> Order:
    """Return an order some of whose challenges are for people."""
    return write(tree, Stage.AWAITING_CHALLENGE_FULFILLMENT, *AUTOMATIC, BY_HAND)


@pytest.fixture
def automatic(tree: Path) -> Order:
    """Return an order that has nothing for people."""
    return write(tree, Stage.PROPAGATING_CHALLENGES, *AUTOMATIC)


def test_only_what_people_have_to_do_is_shown(mixed: Order, program: RunProgram) -> None:
    shown = program("order", "challenges", mixed.order_id).out
    assert "_acme-challenge.hand.example.test." in shown
    assert "corp.example.test" not in shown
    assert "web.example.test" not in shown
    assert "The CA offers http-01, tls-alpn-01 as well; --challenge-type shows what those take." in shown
    assert f"Then: reconciler order fulfilled {mixed.order_id} --continue" in shown


def test_all_are_shown_with_who_fulfils_them(mixed: Order, program: RunProgram) -> None:
    shown = program("order", "challenges", mixed.order_id, "--all").out
    for lines in (
        ["by       the DNS provider corp", "publish  _acme-challenge.corp.example.test."],
        ["by        a listener at 0.0.0.0:80", "serve at  http://web.example.test/"],
    ):
        assert "\n      ".join(lines) in shown
    assert shown.count("      by ") == 2
    # Both types that are shown need not be offered.
    assert "The CA offers tls-alpn-01 as well" in shown
    # No files are written for what the program fulfils.
    assert "file " not in shown


@pytest.mark.parametrize("form", ["zone", "nsupdate", "octodns"])
def test_only_the_records_of_people_are_handed_to_tools(mixed: Order, program: RunProgram, form: str) -> None:
    shown = program("order", "challenges", mixed.order_id, "--format", form).out
    assert ("hand" in shown, "corp" in shown) == (True, False)
    every = program("order", "challenges", mixed.order_id, "--format", form, "--all").out
    assert ("hand" in every, "corp" in every, "web.example" in every) == (True, True, False)


def test_what_is_asked_for_is_shown_whoever_does_it(mixed: Order, program: RunProgram) -> None:
    named = program("order", "challenges", mixed.order_id, "--identifier", "corp.example.test").out
    assert "by       the DNS provider corp" in named
    assert "hand.example.test" not in named
    assert "Then:" not in named
    of_type = program("order", "challenges", mixed.order_id, "--challenge-type", "tls-alpn-01").out
    assert of_type.count("answer for") == 3
    assert of_type.endswith(f"{mixed.order_id} --challenge-type tls-alpn-01 --continue\n")


def test_programs_see_all_and_how_it_is_fulfilled(mixed: Order, program: RunProgram) -> None:
    document = program("order", "challenges", mixed.order_id, "--format", "json").document
    chosen = {each["identifier"]: each for each in document["challenges"] if each["chosen"]}
    assert len(document["challenges"]) == 9
    assert {name: (each["by_hand"], each["method"]) for name, each in chosen.items()} == {
        "corp.example.test": (False, {"way": "dns_provider", "target": "corp", "at": None}),
        "web.example.test": (False, {"way": "listen", "target": "0.0.0.0:80", "at": None}),
        "hand.example.test": (True, None),
    }


def test_where_nothing_is_for_people_it_is_said_who_does_it(automatic: Order, program: RunProgram) -> None:
    shown = program("order", "challenges", automatic.order_id).out
    assert "there is nothing for people to do.\n" in shown
    assert "  dns-01 by the DNS provider corp: corp.example.test\n" in shown
    assert "  http-01 by a listener at 0.0.0.0:80: web.example.test\n" in shown
    assert "Then:" not in shown
    zone = program("order", "challenges", automatic.order_id, "--format", "zone")
    assert (zone.code, zone.out) == (1, "")
    every = program("order", "challenges", automatic.order_id, "--all").out
    assert "_acme-challenge.corp.example.test." in every
    assert "Then:" not in every


def test_a_name_that_the_order_does_not_have(mixed: Order, program: RunProgram) -> None:
    for command in ("challenges", "fulfilled"):
        ran = program("order", command, mixed.order_id, "--identifier", "no.example.test")
        assert (ran.code, ran.out) == (1, "")
        assert (
            "has no no.example.test; it has corp.example.test, web.example.test, hand.example.test"
        ) in " ".join(ran.err.split())


def test_what_is_not_for_people_cannot_be_said_to_be_fulfilled(
    automatic: Order, program: RunProgram, tree: Path
) -> None:
    ran = program("order", "fulfilled", automatic.order_id)
    assert (ran.code, ran.out) == (1, "")
    assert (
        f"people have nothing to do for the order {automatic.order_id}: it is fulfilled by "
        "the DNS provider corp, a listener at 0.0.0.0:80"
    ) in " ".join(ran.err.split())
    assert program("order", "fulfilled", "--all").out == "No order waits for people.\n"
    assert Store(tree / "state").order(automatic.order_id) == automatic


def test_saying_it_twice_does_no_harm(mixed: Order, program: RunProgram) -> None:
    named = program("order", "fulfilled", mixed.order_id, "--identifier", "corp.example.test")
    assert named.code == 1
    assert "it is fulfilled by the DNS provider corp" in " ".join(named.err.split())
    for _ in range(2):
        ran = program("order", "fulfilled", mixed.order_id)
        assert ran.code == 0
        assert "fulfilled for hand.example.test\n" in ran.out
    shown = program("order", "challenges", mixed.order_id).out
    assert "there is nothing for people to do.\n" in shown
    assert "  people have said that it is done: hand.example.test\n" in shown


def test_an_order_shows_who_fulfils_what_and_how_far_it_is(tree: Path, program: RunProgram) -> None:
    handed_over = tuple(replace(each, fulfilled=True) for each in AUTOMATIC)
    order = write(tree, Stage.PROPAGATING_CHALLENGES, *handed_over, replace(BY_HAND, fulfilled=True))

    def rows() -> list[list[str]]:
        shown = program("order", "show", order.order_id).out
        lines = [line for line in shown.splitlines() if " pending " in line and ".example.test" in line]
        return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines]

    assert rows() == [
        ["corp.example.test", "pending", "dns-01", "the DNS provider corp", "handed over, not seen yet", "-"],
        [
            "web.example.test",
            "pending",
            "http-01",
            "a listener at 0.0.0.0:80",
            "handed over, not seen yet",
            "-",
        ],
        ["hand.example.test", "pending", "dns-01", "people", "done, as people say", "-"],
    ]
    order = write(tree, Stage.NOTIFY_ACME_SERVER_CHALLENGES_COMPLETED, handed_over[0], AUTOMATIC[1])
    assert [row[4] for row in rows()] == ["in its place", "to do"]
