"""Commands that need a CA, with one in memory in the place of the connection."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from reconciler.engine.key_change import change_key
from reconciler.engine.options import ApplyOptions
from reconciler.errors import CAUnavailableError, ReconcilerError
from reconciler.model.account import KeyType
from reconciler.model.order import Stage, Status
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.model.revocation import RevocationReason
from tests.acceptance.trees import FILES, write_tree

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.order import Order
    from tests.acceptance.conftest import RunProgram
    from tests.engine.rig import Rig

REQUEST = FILES["certificates/www.yaml"]
UNKNOWN_ROLE = {"certificates/bad.yaml": "role: nobody\nidentifiers: [api.example.com]\n"}


@pytest.fixture
def issued(rig: Rig) -> Order:
    rig.want("www", "www.example.com")
    assert rig.apply().issued
    [order] = rig.store.orders().values()
    return order


def planned(program: RunProgram) -> list[tuple[str, str]]:
    document = program("plan", "--format", "json").document
    return [
        *((each["action"], each["name"]) for each in document["actions"]),
        *(("held_back", each["name"]) for each in document["held_back"]),
    ]


# A tree with errors


def test_errors_in_the_tree_are_no_obstacle_to_a_revocation(
    tree: Path, rig: Rig, issued: Order, program: RunProgram
) -> None:
    write_tree(tree, **UNKNOWN_ROLE)
    assert program("plan").code == 5
    done = program("order", "revoke", issued.order_id, "--reason", "key_compromise")
    assert (done.code, done.err) == (0, "")
    assert list(rig.server.revoked.values()) == [RevocationReason.KEY_COMPROMISE]
    assert program("certificate", "lookup", issued.serial_number or "").code == 0
    assert program("certificate", "fetch", "www").code == 0
    # Whatever the tree asked for then, nothing is ordered before somebody says so.
    (tree / "certificates/bad.yaml").unlink()
    assert planned(program) == [("held_back", "www")]
    write_tree(tree, **{"certificates/www.yaml": "role: web\nidentifiers: [api.example.com]\n"})
    assert planned(program) == [("held_back", "www")]
    assert program("order", "retry", issued.order_id).code == 0
    assert planned(program) == [("create_order", "www")]


def test_what_the_ca_says_against_it_is_said(
    tree: Path, rig: Rig, issued: Order, program: RunProgram
) -> None:
    write_tree(tree, **UNKNOWN_ROLE)
    rig.server.refused_reasons = {RevocationReason.CA_COMPROMISE}
    done = program("order", "revoke", issued.order_id, "--reason", "ca_compromise")
    assert (done.code, done.out) == (1, "")
    assert "badRevocationReason" in done.err


# What the CA has issued


def test_a_command_revokes_what_is_not_in_force_and_no_plan_fails_for_it(
    rig: Rig, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise ReconcilerError("disk full")

    rig.want("www", "www.example.com")
    with monkeypatch.context() as patch:
        patch.setattr("reconciler.store.Store.save_certificate", full)
        assert rig.apply().failed
    [order] = rig.store.orders().values()
    assert order.stage is Stage.COMPLETED
    assert program("order", "revoke", order.order_id).code == 0
    for _ in range(2):
        assert planned(program) == [("held_back", "www")]
        assert program("apply").code == 0
    assert program("order", "retry", order.order_id).code == 0
    assert planned(program) == [("create_order", "www")]


@pytest.mark.parametrize("status", [Status.PROCESSING, Status.VALID])
def test_an_order_whose_certificate_is_issued_is_not_cancelled(
    rig: Rig, program: RunProgram, status: Status
) -> None:
    rig.server.processing_looks = 1000
    rig.want("www", "www.example.com")
    rig.apply(ApplyOptions(wait=False))
    [order] = rig.store.orders().values()
    [at_ca] = rig.server.orders.values()
    at_ca.status = status
    done = program("order", "cancel", order.order_id)
    assert (done.code, done.out) == (1, "")
    assert f"is {status}: its certificate is issued" in done.err
    assert "`reconciler order revoke`" in done.err
    assert rig.store.orders() == {order.order_id: order}


@pytest.mark.parametrize("served", [True, False])
def test_an_order_is_cancelled_with_the_key_that_holds(
    rig: Rig, program: RunProgram, *, served: bool
) -> None:
    def lose(name: str) -> None:
        if name == "change_key":
            raise CAUnavailableError("the answer was lost")

    rig.uses_webroot = False
    rig.want("www", "www.example.com")
    rig.apply()
    [order] = rig.store.orders().values()
    account = rig.store.account("ca")
    assert account is not None
    rig.server.fail = lambda name, _url: (
        CAUnavailableError("away") if name == "change_key" and not served else None
    )
    rig.server.after_request = lose
    with pytest.raises(CAUnavailableError):
        change_key(rig.place(), rig.account, account, KeyType.EC_256)
    rig.server.after_request = lambda _name: None
    assert program("order", "cancel", order.order_id).code == 0
    assert {each.status for each in rig.server.authorizations.values()} == {Status.DEACTIVATED}
    account = rig.store.account("ca")
    assert account is not None
    assert (account.active_key_version == 1) is served


def test_an_order_of_an_account_that_the_ca_has_no_more_is_cancelled_here(
    rig: Rig, program: RunProgram
) -> None:
    rig.uses_webroot = False
    rig.want("www", "www.example.com")
    rig.apply()
    [order] = rig.store.orders().values()
    rig.server.forgotten.update(rig.server.accounts)
    assert program("order", "cancel", order.order_id).code == 0
    assert planned(program) == [("held_back", "www")]


# Trying again


def test_nothing_is_tried_again_where_the_file_says_revoke(
    tree: Path, rig: Rig, issued: Order, program: RunProgram
) -> None:
    write_tree(tree, **{"certificates/www.yaml": f"{REQUEST}revoke: {{reason: superseded}}\n"})
    assert program("apply").code == 0
    assert len(rig.server.revoked) == 1
    for option in ((), ("--continue",)):
        done = program("order", "retry", issued.order_id, *option)
        assert (done.code, done.out) == (1, "")
        assert "the file of www says `revoke`: nothing is ordered before it does not" in done.err
    assert not rig.store.certificates()["www"].order_anew


def test_what_the_policy_denies_by_now_is_not_ordered_at_once(
    tree: Path, rig: Rig, issued: Order, program: RunProgram
) -> None:
    assert program("order", "revoke", issued.order_id).code == 0
    write_tree(tree, **{"roles/web.yaml": "acme_account_name: ca\nallowed_domains: [api.example.com]\n"})
    before = rig.server.requests["new_order"]
    document = program("order", "retry", issued.order_id, "--continue", "--format", "json")
    assert document.code == 5
    assert rig.server.requests["new_order"] == before


# Exit codes


def test_a_ca_that_is_too_busy_for_an_update_is_a_failure(
    tree: Path, rig: Rig, issued: Order, program: RunProgram
) -> None:
    write_tree(tree, **{"accounts/ca.yaml": f"{FILES['accounts/ca.yaml']}email_contacts: [a@example.com]\n"})
    until = rig.clock.now() + dt.timedelta(hours=1)
    busy = CAUnavailableError("429", until, Problem(f"{ACME_ERROR}rateLimited", "slow", 429))
    rig.server.fail = lambda name, _url: busy if name == "update_account" else None
    done = program("apply", "--no-wait")
    assert done.code == 4
    assert "slow" in done.out
    rig.server.fail = lambda _name, _url: None
    assert program("apply").code == 0
