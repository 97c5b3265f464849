"""What two orders, two machines, a change of mind or a lost file may do to each other."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING, NoReturn

import pytest
from msgspec.structs import replace

from reconciler.challenges.webroot import Webroot
from reconciler.engine.fulfilled import mark_fulfilled
from reconciler.engine.options import ApplyOptions
from reconciler.engine.steps import STEPS
from reconciler.errors import CAUnavailableError, ChallengeError, ProblemError, ProtocolError
from reconciler.model import events
from reconciler.model.order import OrderFile
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.orders.machine import Step
from reconciler.plan import actions
from tests.engine.checks import assert_key_fits, assert_settled

if TYPE_CHECKING:
    from reconciler.model.order import Order
    from tests.engine.rig import Rig


class Killed(BaseException):
    """The process is gone."""


def kill_before(rig: Rig, step: Step) -> Order:
    """Apply until a step is to be taken, and be killed there."""

    def die(_work: object, _order: object) -> NoReturn:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STEPS, step, die)
        with pytest.raises(Killed):
            rig.apply(ApplyOptions(parallelism=1))
    [order] = rig.store.orders().values()
    return order


@pytest.mark.parametrize("step", [Step.CHECK_CHALLENGES, Step.ANSWER_CHALLENGES])
def test_what_was_presented_on_a_machine_that_is_gone_is_presented_again(rig: Rig, step: Step) -> None:
    rig.want("www", "www.example.com")
    kill_before(rig, step)
    for path in rig.webroot.rglob("token*"):
        path.unlink()
    rig.server.sees = lambda _name, _type, token: (
        rig.webroot / f".well-known/acme-challenge/{token}"
    ).exists()
    assert rig.apply().issued
    assert len(rig.server.orders) == 1
    assert_settled(rig)


@pytest.mark.parametrize("step", [Step.PRESENT_CHALLENGES, Step.CHECK_CHALLENGES, Step.ANSWER_CHALLENGES])
def test_without_a_webroot_any_more_people_are_asked_and_the_ca_is_not_told(rig: Rig, step: Step) -> None:
    rig.want("www", "www.example.com")
    kill_before(rig, step)
    rig.uses_webroot = False
    assert rig.apply().awaiting_people
    assert not rig.server.requests["answer_challenge"]


def test_a_webroot_that_cannot_be_tidied_holds_nothing_up(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: object, _instruction: object) -> None:
        raise ChallengeError("read-only")

    monkeypatch.setattr(Webroot, "clean_up", refuse)
    rig.want("www", "www.example.com")
    result = rig.apply()
    assert result.issued
    assert [each.problem.detail for each in result.left_behind] == ["read-only"]


@pytest.mark.parametrize("request_name", ["read_authorization", "answer_challenge", "finalize_order"])
def test_a_refusal_leaves_nothing_in_the_webroot(rig: Rig, request_name: str) -> None:
    rig.want("www", "www.example.com")
    refusal = ProblemError(Problem(f"{ACME_ERROR}malformed", "no"))
    rig.server.fail = lambda name, _url: refusal if name == request_name else None
    assert rig.apply().failed
    assert not [path for path in rig.webroot.rglob("*") if path.is_file()]


def test_two_certificates_for_the_same_names_do_not_share_an_order(rig: Rig) -> None:
    for name in ("a", "b", "c"):
        rig.want(name, "www.example.com", "api.example.com")
    assert len(rig.apply().issued) == 3
    assert len(rig.server.issued) == 3
    keys = {rig.delivered(name)["privkey.pem"] for name in rig.specs}
    assert len(keys) == 3
    assert_settled(rig)


def test_the_second_certificate_for_the_same_names_waits_for_the_people_of_the_first(
    rig_by_hand: Rig,
) -> None:
    rig = rig_by_hand
    rig.want("a", "www.example.com")
    [first] = rig.apply().awaiting_people
    rig.want("b", "www.example.com")
    result = rig.apply()
    assert [each.certificate for each in result.awaiting_people] == ["a"]
    [waiting] = result.waiting_for_ca
    assert (waiting.certificate, waiting.order_id) == ("b", None)
    assert waiting.problem is not None
    assert waiting.problem.code == "sameIdentifiers"
    rig.store.save_order(mark_fulfilled(rig.store.order(first.order_id), rig.clock.now()))
    result = rig.apply()
    assert [each.certificate for each in result.issued] == ["a"]
    assert [each.certificate for each in result.awaiting_people] == ["b"]


def test_files_are_delivered_while_a_renewal_waits_for_people(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.uses_webroot = False
    rig.clock.advance(days=61)
    rig.apply()
    (rig.output / "www/cert.pem").unlink()
    result = rig.apply()
    assert result.delivered
    assert result.awaiting_people
    assert_key_fits(rig.output / "www")


def test_the_timeout_bounds_the_whole_run(rig: Rig) -> None:
    for number in range(50):
        rig.want(f"{number}", f"{number}.example.com")

    def slow(name: str, _url: str) -> None:
        if name == "new_order":
            rig.clock.sleep(30)

    rig.server.fail = slow
    began = rig.clock.now()
    result = rig.apply(ApplyOptions(timeout=dt.timedelta(minutes=2)))
    # What is under way when the time is over is let end: each of these took its 30 seconds of the one clock.
    under_way = rig.account.max_concurrent_new_orders * dt.timedelta(seconds=30)
    assert rig.clock.now() - began <= dt.timedelta(minutes=2) + under_way
    assert len(result.issued) + len(result.waiting_for_ca) == 50
    assert rig.server.requests["new_order"] <= 8


def test_a_machine_that_has_slept_past_the_time_orders_nothing_more(rig: Rig) -> None:
    """Another run may have taken over what this one had claimed."""
    rig.account = replace(rig.account, max_concurrent_new_orders=1)
    for number in range(5):
        rig.want(f"{number}", f"{number}.example.com")

    def sleeps(name: str, _url: str) -> None:
        if name == "new_order":
            rig.clock.suspend(hours=1)

    rig.server.fail = sleeps
    result = rig.apply()
    assert rig.server.requests["new_order"] == 1
    assert len(result.waiting_for_ca) == 5
    assert not result.failed


def test_a_rate_limit_is_the_whole_accounts(rig: Rig) -> None:
    for number in range(20):
        rig.want(f"{number}", f"{number}.example.com")
    problem = Problem(f"{ACME_ERROR}rateLimited", "too many new orders")
    limited = CAUnavailableError("later", rig.clock.now() + dt.timedelta(hours=1), problem)
    rig.server.fail = lambda name, _url: limited if name == "new_order" else None
    assert len(rig.apply().waiting_for_ca) == 20
    assert rig.server.requests["new_order"] <= rig.account.max_concurrent_new_orders


def test_a_rate_limit_without_a_time_is_not_hammered(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    problem = Problem(f"{ACME_ERROR}rateLimited", "too many new orders")
    rig.server.fail = lambda name, _url: (
        CAUnavailableError("", None, problem) if name == "new_order" else None
    )
    began = rig.clock.now()
    [waiting] = rig.apply().waiting_for_ca
    assert rig.server.requests["new_order"] == 4
    assert waiting.until - began == dt.timedelta(minutes=1 + 2 + 4 + 8)
    assert rig.store.order(str(waiting.order_id)).next_work_date == waiting.until


@pytest.mark.parametrize(
    "request_name", ["read_authorization", "read_order", "finalize_order", "download_certificate"]
)
def test_an_answer_that_makes_no_sense_gives_up_no_order(rig: Rig, request_name: str) -> None:
    rig.want("www", "www.example.com")
    nonsense = iter([ProtocolError("an HTML page")])
    rig.server.fail = lambda name, _url: next(nonsense, None) if name == request_name else None
    [failure] = rig.apply().failed
    assert failure.problem.code == "protocol"
    [order] = rig.store.orders().values()
    assert order.last_error == failure.problem
    assert rig.apply().issued
    assert len(rig.server.orders) == len(rig.server.issued) == 1
    assert_settled(rig)


def test_a_ca_that_has_lost_the_account_ends_no_order(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    rig.apply()
    rig.server.forgotten.update(rig.server.accounts)
    rig.want("api", "api.example.com")
    [failure] = rig.apply().failed
    assert failure.problem.code == "accountGone"
    assert all(order.is_open for order in rig.store.orders().values())
    (rig.folder / "state/accounts/ca.yaml").unlink()
    assert rig.apply().awaiting_people


def test_an_account_key_without_its_record_is_used_not_replaced(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    key = rig.store.account_key("ca", 0)
    (rig.folder / "state/accounts/ca.yaml").unlink()
    rig.want("more", "more.example.com")
    assert rig.apply().issued
    assert rig.store.account_key("ca", 0) == key
    assert len(rig.server.accounts) == 1


def test_an_account_that_cannot_be_reached_takes_nobody_out_of_the_result(rig: Rig) -> None:
    rig.want("a", "a.example.com")
    rig.want("b", "b.example.com")
    rig.server.fail = lambda _name, _url: CAUnavailableError("no route to host")
    assert {each.subject for each in rig.apply().failed} == {"ca", "a", "b"}
    assert {each.subject for each in rig.apply(ApplyOptions(wait=False)).failed} == {"ca", "a", "b"}
    later = rig.clock.now() + dt.timedelta(hours=1)
    limited = CAUnavailableError("", later, Problem(f"{ACME_ERROR}rateLimited", "too many accounts"))
    rig.server.fail = lambda _name, _url: limited
    assert {each.certificate for each in rig.apply().waiting_for_ca} == {"a", "b"}


def test_a_key_that_is_lost_before_the_ca_knows_it_is_made_anew(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    [waiting] = rig.apply().awaiting_people
    (rig.folder / f"state/orders/{waiting.order_id}/privkey.pem").unlink()
    rig.uses_webroot = True
    assert rig.apply().issued
    assert_settled(rig)


def test_a_key_that_is_lost_after_the_ca_knows_it_is_said(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.server.processing_looks = 1
    order = kill_before(rig, Step.FETCH_CERTIFICATE)
    rig.server.after_request = lambda name: (
        (rig.folder / "state/orders" / order.order_id / OrderFile.PRIVATE_KEY).unlink(missing_ok=True)
        if name == "finalize_order"
        else None
    )
    [failure] = rig.apply().failed
    assert "its private key is lost" in failure.problem.detail
    rig.server.after_request = lambda _name: None
    rig.clock.advance(minutes=2)
    assert rig.apply().issued
    assert_settled(rig)


def test_orders_for_something_else_are_archived_whatever_became_of_them(rig: Rig) -> None:
    rig.server.sees = lambda _name, _type, _token: False
    for number in range(4):
        rig.want("www", f"{number}.example.com")
        rig.apply()
    assert len(rig.store.orders()) == 1
    assert len(rig.store.archived_orders()) == 3
    rig.specs.clear()
    assert rig.apply().forgotten == (events.CertificateForgotten("www"),)
    assert not rig.plan().has_changes
    assert not rig.store.orders()


def test_a_failure_from_the_future_holds_nothing_back(rig: Rig) -> None:
    rig.server.sees = lambda _name, _type, _token: False
    rig.want("www", "www.example.com")
    rig.clock.advance(days=2)
    rig.apply()
    rig.clock.advance(days=-2)
    rig.server.sees = lambda _name, _type, _token: True
    assert rig.apply().issued


def test_an_account_cannot_move_and_the_plan_says_so(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    spec = rig.account
    rig.account = type(spec)(spec.name, "https://other.test/directory", spec.location)
    plan = rig.plan()
    assert not plan.has_changes
    assert [finding.code for finding in plan.denied] == ["account-moved"]


def test_a_record_in_the_place_of_another_is_refused(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    path = rig.folder / "state/certificates/www.yaml"
    path.write_text(path.read_text().replace("name: www\n", "name: ../../evil\n"))
    plan = rig.plan()
    assert not plan.has_changes
    [flaw] = plan.flawed
    assert flaw.message.startswith("the field `name` is '../../evil'; a name that")


def test_the_umask_takes_nothing_from_the_web_server_and_gives_nothing_to_others(rig: Rig) -> None:
    modes: dict[str, int] = {}

    def look(_name: object, _type: str, _token: str) -> bool:
        paths = [*rig.webroot.rglob("*")]
        modes.update({path.name: path.stat().st_mode & 0o777 for path in paths})
        return True

    rig.server.sees = look
    before = os.umask(0o077)
    try:
        rig.want("shop/www", "www.example.com")
        rig.apply()
        os.umask(0)
        rig.want("shop", "shop.example.com")
        rig.apply()
    finally:
        os.umask(before)
    assert {name: oct(mode) for name, mode in modes.items() if "token" not in name} == {
        ".well-known": "0o755",
        "acme-challenge": "0o755",
    }
    assert {mode for name, mode in modes.items() if "token" in name} == {0o644}
    assert_settled(rig)


def test_an_order_whose_time_is_over_is_not_resumed(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    rig.apply()
    rig.clock.advance(days=8)
    [action] = rig.plan().actions
    assert isinstance(action, actions.CreateOrder)
    rig.server.orders.clear()
    assert rig.apply().awaiting_people
