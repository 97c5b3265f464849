from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from reconciler.model.events import ApplyResult
from reconciler.model.order import Stage
from reconciler.store import Store
from tests.acceptance.trees import (
    write_account,
    write_certificate,
    write_order,
    write_tree,
    write_waiting_order,
)

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.order import Order
    from reconciler.plan.actions import Plan
    from tests.acceptance.conftest import RunProgram


@pytest.fixture
def order(tree: Path) -> Order:
    """Return an order that waits for people, of an account that is registered."""
    write_account(tree)
    return write_waiting_order(tree)


def test_the_status(tree: Path, order: Order, program: RunProgram) -> None:
    write_certificate(tree, "gone")
    shown = program("status").out
    assert "to be forgotten" in shown
    assert "its order waits for people" in shown
    document = program("status", "--format", "json").document
    assert {each["name"]: each["validity"] for each in document["certificates"]} == {
        "gone": "valid",
        "www": "missing",
    }
    assert document["certificates"][1]["order"]["waits_for"] == "people"


def test_orders(tree: Path, order: Order, program: RunProgram) -> None:
    assert order.order_id in program("order", "list").out
    assert program("order", "list", "--format", "json").document["orders"][0]["order_id"] == order.order_id
    shown = program("order", "show", order.order_id)
    assert "awaiting_challenge_fulfillment" in shown.out
    document = program("order", "show", order.order_id, "--format", "json").document
    assert document["challenges"]["www.example.com"][0]["challenge_type"] == "http-01"


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        ("--active", 1),
        ("--role web", 1),
        ("--role other", 0),
        ("--archived", 1),
    ],
)
def test_some_orders(tree: Path, order: Order, program: RunProgram, filters: str, number: int) -> None:
    found = program("order", "list", *filters.split(), "--format", "json").document["orders"]
    assert len(found) == number


@pytest.mark.parametrize(
    ("filters", "ages"),
    [
        ("", [0, 2, 100, 200]),
        ("--archived", [0, 2, 30, 100, 200]),
        ("--within 1h", [0]),
        ("--within 3h", [0, 2]),
        ("--within 2d", [0, 2, 30]),
        ("--within 168h", [0, 2, 30, 100]),
        ("--within 7d --active", [2, 100]),
    ],
)
def test_recent_orders_archived_or_not(
    tree: Path, program: RunProgram, filters: str, ages: list[int]
) -> None:
    now = dt.datetime.now(dt.UTC)
    for hours in (0, 2, 30, 100, 200):
        made = write_order(
            tree,
            Stage.SUBMITTED if hours in (2, 100) else Stage.ERROR,
            order_id=f"0197299e-0000-7000-8000-{1000 - hours:012}",
            certificate_name=f"made{hours}",
            creation_date=now - dt.timedelta(hours=hours, seconds=1 if hours else 0),
        )
        if hours == 30:
            Store(tree / "state").archive_order(made.order_id)
    found = program("order", "list", *filters.split(), "--format", "json").document["orders"]
    assert [each["certificate_name"] for each in found] == [f"made{hours}" for hours in ages]


def test_challenges(tree: Path, order: Order, program: RunProgram) -> None:
    shown = program("order", "challenges", order.order_id).out
    assert "http://www.example.com/.well-known/acme-challenge/token-http-01\n" in shown
    assert "token-http-01.thumbprint\n" in shown
    assert f" state/challenges/{order.order_id}/http-01/" in shown
    other = program("order", "challenges", order.order_id, "--challenge-type", "dns-01").out
    assert "_acme-challenge.www.example.com." in other
    one = program(
        "order", "challenges", order.order_id, "--identifier", "WWW.example.com.", "--format", "json"
    )
    assert len(one.document["challenges"]) == 3


def test_saying_that_challenges_are_fulfilled(tree: Path, order: Order, program: RunProgram) -> None:
    done = program("order", "fulfilled", order.order_id, "--identifier", "www.example.com")
    assert (done.code, done.err) == (0, "")
    assert "fulfilled for www.example.com" in done.out
    assert Store(tree / "state").order(order.order_id).authorizations[0].fulfilled


def test_saying_it_for_all_orders(tree: Path, order: Order, program: RunProgram) -> None:
    document = program("order", "fulfilled", "--all", "--format", "json").document
    assert document["orders"][0]["fulfilled"] == ["www.example.com"]
    assert Store(tree / "state").order(order.order_id).authorizations[0].fulfilled


def test_going_on_at_once_with_these_orders_alone(
    tree: Path, order: Order, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: list[Plan] = []

    def run_plan(plan: Plan, *_: object) -> ApplyResult:
        plans.append(plan)
        return ApplyResult()

    monkeypatch.setattr("reconciler.engine.runner.run_plan", run_plan)
    write_tree(tree, **{"certificates/other.yaml": "role: web\nidentifiers: [api.example.com]\n"})
    done = program("order", "fulfilled", order.order_id, "--continue")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(
        f"order {order.order_id} of certificate www: fulfilled for www.example.com\n\n"
    )
    assert [(action.kind, action.subject) for action in plans[0].actions] == [("resume_order", "www")]
    document = program("order", "fulfilled", "--all", "--continue", "--format", "json").document
    assert document["kind"] == "apply"


def test_an_order_that_the_tree_does_not_ask_for_does_not_go_on(
    tree: Path, order: Order, program: RunProgram
) -> None:
    write_tree(tree, **{"certificates/www.yaml": "role: web\nidentifiers: [api.example.com]\n"})
    done = program("order", "fulfilled", order.order_id, "--continue")
    assert done.code == 0
    assert "`reconciler plan` says why" in done.err
    assert "No changes" not in done.out


def test_nothing_waits_for_people(tree: Path, program: RunProgram) -> None:
    done = program("order", "fulfilled", "--all", "--continue")
    assert (done.code, done.out) == (0, "No order waits for people.\n")


def test_a_name_that_the_order_does_not_wait_for(tree: Path, order: Order, program: RunProgram) -> None:
    done = program("order", "fulfilled", order.order_id, "--identifier", "other.example.com")
    assert done.code == 1
    assert "other.example.com" in done.err
    assert not Store(tree / "state").order(order.order_id).authorizations[0].fulfilled


def test_certificates(tree: Path, program: RunProgram) -> None:
    write_certificate(tree)
    assert program("certificate", "list").out.splitlines()[1].startswith("www ")
    assert program("certificate", "list", "--format", "json").document["certificates"][0]["name"] == "www"
    assert "files          certs/www/ (privkey.pem, " in program("certificate", "show", "www").out
    document = program("certificate", "show", "www", "--format", "json").document
    assert document["folder"] == "certs/www"
    assert document["missing_files"] == []


def test_accounts(tree: Path, program: RunProgram) -> None:
    assert "not registered" in program("account", "list").out
    write_account(tree)
    assert program("account", "list", "--format", "json").document["accounts"][0]["account_url"]
    assert "version 0: ec-256" in program("account", "show", "ca").out
    assert program("account", "show", "ca", "--format", "json").document["active_key_version"] == 0


@pytest.mark.parametrize(
    ("command_line", "message"),
    [
        ("certificate show ww", "there is no certificate `ww`; did you mean `www`?"),
        ("certificate show other", "there is no certificate `other`; `reconciler certificate list` shows"),
        ("account show cb", "there is no account `cb`; `reconciler account list` shows"),
        ("order show 1234", "there is no order"),
        ("order challenges ../meta", "there is no order"),
        ("order fulfilled 1234", "there is no order"),
    ],
)
def test_what_is_not_there(tree: Path, program: RunProgram, command_line: str, message: str) -> None:
    write_certificate(tree)
    done = program(*command_line.split())
    assert (done.code, done.out) == (1, "")
    assert message in done.err


def test_a_record_that_cannot_be_read_is_named(tree: Path, program: RunProgram) -> None:
    write_certificate(tree)
    path = tree / "state/certificates/www.yaml"
    path.write_text(path.read_text().replace("serial_number", "serial"))
    done = program("plan")
    assert done.code == 1
    assert "state/certificates/www.yaml:1:1: error:" in done.out
    assert "the field `serial_number` is missing" in done.out
