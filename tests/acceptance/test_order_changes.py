"""`reconciler order retry | cancel | revoke`, as far as no CA is needed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from reconciler.model.events import ApplyResult
from reconciler.model.order import CANCELLED, COMPLETED_ELSEWHERE, Stage
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.model.revocation import Revocation, RevocationReason
from reconciler.store import Store
from tests.acceptance.trees import (
    write_account,
    write_issued,
    write_order,
    write_tree,
    write_waiting_order,
)
from tests.unit import values

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.plan.actions import Plan
    from tests.acceptance.conftest import RunProgram

REFUSED = Problem(f"{ACME_ERROR}caa", "CAA record forbids issuance")
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _registered(tree: Path) -> None:
    write_account(tree)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def planned(program: RunProgram) -> list[tuple[str, str]]:
    document = program("plan", "--format", "json").document
    assert not document["denied"]
    return [
        *((each["action"], each["name"]) for each in document["actions"]),
        *(("held_back", each["name"]) for each in document["held_back"]),
    ]


# retry


def test_a_failed_order_is_tried_again_at_once(tree: Path, program: RunProgram) -> None:
    order = write_order(tree, Stage.ERROR, last_error=REFUSED, last_update=now(), next_work_date=now() + HOUR)
    assert planned(program) == [("held_back", "www")]
    done = program("order", "retry", order.order_id)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"order {order.order_id} of certificate www: the next `reconciler apply` makes another order.\n"
    )
    assert planned(program) == [("create_order", "www")]
    [action] = program("plan", "--format", "json").document["actions"]
    assert [each["code"] for each in action["reasons"]] == ["new", "order_failed"]
    assert action["previous_order_id"] == order.order_id
    assert "another order by the next apply" in program("order", "show", order.order_id).out


def test_an_order_that_waits_for_its_time_goes_on_at_once(tree: Path, program: RunProgram) -> None:
    order = write_order(tree, Stage.PROCESSING_CHALLENGE, next_work_date=now() + HOUR)
    assert "nothing to do before" in program("plan").out
    assert program("order", "retry", order.order_id).out == (
        f"order {order.order_id} of certificate www: the next `reconciler apply` goes on with it.\n"
    )
    shown = program("plan").out
    assert f"resume order {order.order_id}" in shown
    assert "nothing to do before" not in shown
    assert Store(tree / "state").order(order.order_id).stage is Stage.PROCESSING_CHALLENGE


@pytest.mark.parametrize("problem", [CANCELLED, COMPLETED_ELSEWHERE])
def test_an_order_that_is_held_is_followed_by_another(tree: Path, program: RunProgram, problem: str) -> None:
    order = write_order(tree, Stage.ERROR, last_error=Problem(problem, "stopped"))
    assert planned(program) == [("held_back", "www")]
    assert "until somebody says so" in program("plan").out
    document = program("order", "retry", order.order_id, "--format", "json").document
    assert document == {
        "format_version": "1.1",
        "kind": "retried",
        "order_id": order.order_id,
        "certificate_name": "www",
        "order_status": "error",
    }
    assert planned(program) == [("create_order", "www")]


def test_saying_it_twice_is_no_error(tree: Path, program: RunProgram) -> None:
    order = write_order(tree, Stage.ERROR, last_error=Problem(CANCELLED))
    for _ in range(2):
        assert program("order", "retry", order.order_id).code == 0
        assert planned(program) == [("create_order", "www")]


def test_a_completed_order_has_nothing_to_try_again(tree: Path, program: RunProgram) -> None:
    issued = write_issued(tree)
    done = program("order", "retry", issued.order.order_id)
    assert (done.code, done.out) == (1, "")
    assert issued.order.order_id in done.err
    assert planned(program) == []
    assert Store(tree / "state").order(issued.order.order_id) == issued.order


def test_an_expired_order_is_followed_by_another_anyway(tree: Path, program: RunProgram) -> None:
    order = write_order(tree, Stage.EXPIRED)
    done = program("order", "retry", order.order_id)
    assert (done.code, done.out) == (1, "")
    assert "is expired: there is nothing to try again" in done.err
    assert planned(program) == [("create_order", "www")]


def test_of_a_revoked_certificate_another_is_ordered(tree: Path, program: RunProgram) -> None:
    spec = values.spec()
    revocation = Revocation(now(), RevocationReason.SUPERSEDED, spec.digest)
    issued = write_issued(tree, revocation=revocation)
    assert planned(program) == [("held_back", "www")]
    assert "until its file asks for something else" in program("plan").out
    document = program("order", "retry", issued.order.order_id, "--format", "json").document
    assert (document["kind"], document["order_status"]) == ("retried", "revoked")
    assert planned(program) == [("create_order", "www")]
    assert "~ replace certificate www\n      it was revoked " in program("plan").out


def test_what_the_text_says_of_a_revoked_one(tree: Path, program: RunProgram) -> None:
    revocation = Revocation(now(), RevocationReason.SUPERSEDED, values.spec().digest)
    issued = write_issued(tree, revocation=revocation)
    assert program("order", "retry", issued.order.order_id).out.endswith(
        "of certificate www: the next `reconciler apply` makes another order.\n"
    )


def test_an_order_that_is_over_cannot_be_tried_again(tree: Path, program: RunProgram) -> None:
    old = write_order(
        tree,
        Stage.ERROR,
        order_id="0197299e-0000-7000-8000-000000000001",
        last_error=REFUSED,
    )
    new = write_order(tree, Stage.ERROR, last_error=REFUSED, previous_order_id=old.order_id)
    Store(tree / "state").archive_order(old.order_id)
    done = program("order", "retry", old.order_id)
    assert (done.code, done.out) == (1, "")
    assert "is over: another one has taken its place" in done.err
    assert program("order", "retry", new.order_id).code == 0


def test_trying_again_at_once(tree: Path, program: RunProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[Plan] = []

    def run_plan(plan: Plan, *_: object) -> ApplyResult:
        plans.append(plan)
        return ApplyResult()

    monkeypatch.setattr("reconciler.engine.runner.run_plan", run_plan)
    write_tree(tree, **{"certificates/other.yaml": "role: web\nidentifiers: [api.example.com]\n"})
    order = write_order(tree, Stage.ERROR, last_error=Problem(CANCELLED))
    document = program("order", "retry", order.order_id, "--continue", "--format", "json").document
    assert document["kind"] == "apply"
    assert [(each.kind, each.subject) for each in plans[0].actions] == [("create_order", "www")]
    # Of one that goes on it is the order itself.
    order = write_order(tree, Stage.PROCESSING_CHALLENGE, next_work_date=now() + HOUR)
    assert program("order", "retry", order.order_id, "--continue").code == 0
    assert [(each.kind, each.subject) for each in plans[1].actions] == [("resume_order", "www")]


# cancel


@pytest.mark.parametrize("stage", [Stage.NEW, Stage.SUBMITTED])
def test_an_order_that_was_never_submitted_is_cancelled_without_the_ca(
    tree: Path, program: RunProgram, stage: Stage
) -> None:
    order = write_order(tree, stage)
    assert order.order_url is None
    done = program("order", "cancel", order.order_id)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"order {order.order_id} of certificate www is cancelled.\n"
        "No other is made until its file asks for something else, or "
        f"`reconciler order retry {order.order_id}`.\n"
    )
    assert planned(program) == [("held_back", "www")]
    kept = Store(tree / "state").order(order.order_id)
    assert kept.stage is Stage.ERROR
    assert kept.last_error is not None
    assert kept.last_error.type == CANCELLED
    # It is there to be looked at, and what is to be done is said.
    assert "`reconciler order retry ORDER`" in program("order", "show", order.order_id).out


def test_cancelling_for_programs_and_what_ends_it(tree: Path, program: RunProgram) -> None:
    order = write_order(tree, Stage.NEW)
    document = program("order", "cancel", order.order_id, "--format", "json").document
    assert (document["kind"], document["order_status"]) == ("cancelled", "error")
    assert "held back" in program("status").out
    write_tree(tree, **{"certificates/www.yaml": "role: web\nidentifiers: [api.example.com]\n"})
    assert planned(program) == [("create_order", "www")]


def test_the_instructions_of_a_cancelled_order_are_taken_away(tree: Path, program: RunProgram) -> None:
    order = write_waiting_order(tree)
    folder = tree / "state/challenges" / order.order_id
    folder.mkdir(parents=True)
    (folder / "README").write_text("do this")
    assert program("order", "cancel", order.order_id).code == 0
    assert not folder.exists()
    assert planned(program) == [("held_back", "www")]


@pytest.mark.parametrize("stage", [Stage.EXPIRED, Stage.ERROR, Stage.COMPLETED, Stage.REVOKED])
def test_what_has_ended_cannot_be_cancelled(tree: Path, program: RunProgram, stage: Stage) -> None:
    order = write_order(tree, stage)
    done = program("order", "cancel", order.order_id)
    assert (done.code, done.out) == (1, "")
    assert f"the order {order.order_id} is {stage}: there is nothing to cancel" in done.err
    assert Store(tree / "state").order(order.order_id) == order


# revoke


@pytest.mark.parametrize("stage", [Stage.NEW, Stage.ERROR, Stage.AWAITING_CHALLENGE_FULFILLMENT])
def test_an_order_without_a_certificate_has_nothing_to_revoke(
    tree: Path, program: RunProgram, stage: Stage
) -> None:
    order = write_order(tree, stage)
    done = program("order", "revoke", order.order_id)
    assert (done.code, done.out) == (1, "")
    assert f"the order {order.order_id} is {stage}: it has no certificate to revoke" in done.err


def test_a_key_that_never_came_here_cannot_sign(tree: Path, program: RunProgram) -> None:
    issued = write_issued(tree, with_csr=True)
    done = program("order", "revoke", issued.order.order_id, "--by-certificate-key")
    assert (done.code, done.out) == (1, "")
    assert "the private key of this certificate is not here (it is with whoever made the CSR)" in done.err
    assert Store(tree / "state").order(issued.order.order_id) == issued.order


def test_the_plan_revokes_what_its_file_asks_for(tree: Path, program: RunProgram) -> None:
    issued = write_issued(tree)
    request = "role: web\nidentifiers: [www.example.com]\n"
    write_tree(tree, **{"certificates/www.yaml": f"{request}revoke:\n  reason: key_compromise\n"})
    [action] = program("plan", "--format", "json").document["actions"]
    assert (action["action"], action["operation"], action["reason"]) == (
        "revoke_certificate",
        "revoke",
        "key_compromise",
    )
    assert action["serial_number"] == issued.order.serial_number
    assert action["order_id"] == issued.order.order_id
    assert "to be revoked: the tree asks for it to be revoked (key_compromise)" in program("status").out


# Usage


@pytest.mark.parametrize("command", ["retry", "cancel", "revoke"])
@pytest.mark.parametrize("order_id", ["1234", "../meta", "0197299e-0000-7000-8000-00000000dead"])
def test_an_order_that_is_not_there(tree: Path, program: RunProgram, command: str, order_id: str) -> None:
    done = program("order", command, order_id)
    assert (done.code, done.out) == (1, "")
    assert "there is no order" in done.err


@pytest.mark.parametrize(
    ("command_line", "message"),
    [
        ("retry", "Missing argument 'ORDER'"),
        ("cancel", "Missing argument 'ORDER'"),
        ("revoke", "Missing argument 'ORDER'"),
        ("cancel 1 2", "unexpected extra argument"),
        ("retry 1 --trusted-ref -x", "Invalid value for '--trusted-ref'"),
        ("revoke 1 --reason because", "'because' is not one of 'unspecified'"),
        ("revoke 1 --reason remove_from_crl", "remove_from_crl revokes nothing"),
    ],
)
def test_wrong_usage(tree: Path, program: RunProgram, command_line: str, message: str) -> None:
    done = program("order", *command_line.split())
    assert (done.code, done.out) == (64, "")
    assert message in " ".join(done.err.split())
