"""What people say of orders, and orders that more than one copy of a state works on."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.engine.cleanup import cancel
from reconciler.engine.fulfilled import mark_fulfilled
from reconciler.engine.options import ApplyOptions
from reconciler.engine.retry import mark_retry
from reconciler.errors import CAUnavailableError, ProblemError, ReconcilerError
from reconciler.model.account import NOBODY
from reconciler.model.order import CANCELLED, COMPLETED_ELSEWHERE, Stage, Status
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.model.requested_end import RequestedEnd
from reconciler.plan import actions, reasons
from tests.engine.checks import assert_settled
from tests.engine.memory_ca import MemoryCA
from tests.engine.rig import Rig
from tests.engine.test_kill import killed_everywhere, one_of_each

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.order import Order


LIST = "https://ca.test/account/1/orders"


def the_order(rig: Rig) -> Order:
    [order] = rig.store.orders().values()
    return order


def cancelled(rig: Rig) -> Order:
    account = rig.store.account("ca")
    assert account is not None
    ca = MemoryCA(rig.server, rig.store.account_key("ca", 0), account.account_url)
    return cancel(rig.place(), the_order(rig), ca, account.responder)


def retried(rig: Rig) -> None:
    order = the_order(rig)
    rig.store.save_order(mark_retry(order, order, rig.clock.now()))


def say_fulfilled(rig: Rig) -> None:
    rig.store.save_order(mark_fulfilled(the_order(rig), rig.clock.now()))


def copy_of(rig: Rig, folder: Path) -> Rig:
    """Return another machine with a copy of the state, at the same CA."""
    folder.mkdir()
    other = Rig(folder, webroot=rig.uses_webroot)
    shutil.copytree(rig.folder / "state", folder / "state")
    other.server, other.clock, other.specs = rig.server, rig.clock, dict(rig.specs)
    return other


# Cancelling


def test_a_cancelled_order_gives_its_authorizations_up_and_no_other_is_made(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com", "api.example.com")
    rig.apply()
    order = cancelled(rig)
    assert (order.stage, order.last_error and order.last_error.type) == (Stage.ERROR, CANCELLED)
    assert {each.status for each in rig.server.authorizations.values()} == {Status.DEACTIVATED}
    assert not [*rig.folder.glob("state/challenges/*")]
    plan = rig.plan()
    assert not plan.has_changes
    [held] = plan.held_back
    assert held.until is None
    assert any(isinstance(each, reasons.OrderHeld) for each in held.reasons)
    rig.clock.advance(days=30)
    assert not rig.plan().has_changes


def test_until_somebody_says_so_or_something_else_is_asked_for(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    rig.apply()
    cancelled(rig)
    retried(rig)
    assert rig.apply().awaiting_people
    cancelled(rig)
    rig.want("www", "other.example.com")
    assert rig.apply().awaiting_people


def test_what_another_order_shares_is_left_to_that(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    rig.apply()
    order = the_order(rig)
    other = replace(order, order_id="0197299e-0000-7000-8000-00000000000a", certificate_name="other")
    rig.store.save_order(other)
    account = rig.store.account("ca")
    assert account is not None
    ca = MemoryCA(rig.server, rig.store.account_key("ca", 0), account.account_url)
    cancel(rig.place(), order, ca, NOBODY)
    assert {each.status for each in rig.server.authorizations.values()} == {Status.PENDING}


def test_an_authorization_that_is_valid_is_kept(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com", "api.example.com")
    rig.apply()
    first = next(iter(rig.server.authorizations.values()))
    first.status = Status.VALID
    cancelled(rig)
    assert first.status is Status.VALID


def test_a_ca_that_is_away_cancels_nothing(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    rig.apply()
    rig.server.fail = lambda _name, _url: CAUnavailableError("away")
    with pytest.raises(CAUnavailableError):
        cancelled(rig)
    assert the_order(rig).stage is Stage.AWAITING_CHALLENGE_FULFILLMENT


def test_a_ca_that_knows_nothing_of_it_any_more_is_no_obstacle(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    rig.apply()
    gone = ProblemError(Problem(f"{ACME_ERROR}malformed", "no such authorization", 404))
    rig.server.fail = lambda name, _url: gone if name == "read_authorization" else None
    assert cancelled(rig).stage is Stage.ERROR


@pytest.mark.parametrize(
    ("status", "said"), [(Status.PROCESSING, "is processing"), (Status.VALID, "is valid")]
)
def test_what_the_ca_issues_is_not_cancelled(rig: Rig, status: Status, said: str) -> None:
    rig.server.processing_looks = 1000
    rig.want("www", "www.example.com")
    rig.apply(ApplyOptions(wait=False))
    before = the_order(rig)
    [at_ca] = rig.server.orders.values()
    at_ca.status = status
    with pytest.raises(
        ReconcilerError, match=f"{said}: its certificate is issued; .* `reconciler order revoke`"
    ):
        cancelled(rig)
    assert the_order(rig) == before
    at_ca.status = Status.VALID
    rig.clock.advance(days=1)
    assert rig.apply().issued
    assert_settled(rig)


# Trying again


def test_a_failed_order_is_tried_again_at_once_when_somebody_says_so(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.server.sees = lambda _identifier, _type, _token: False
    [failure] = rig.apply().failed
    assert failure.problem.code == "unauthorized"
    assert rig.plan().held_back
    retried(rig)
    rig.server.sees = lambda _identifier, _type, _token: True
    [action] = rig.plan().actions
    assert isinstance(action, actions.CreateOrder)
    assert rig.apply().issued
    assert_settled(rig)


def test_but_it_counts_as_an_attempt(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.server.sees = lambda _identifier, _type, _token: False
    for attempt in (1, 2, 3):
        rig.apply()
        assert the_order(rig).attempt == attempt
        retried(rig)
    rig.apply()
    order = the_order(rig)
    assert order.next_work_date is not None
    assert order.next_work_date - rig.clock.now() > dt.timedelta(hours=23)


def test_an_order_that_waits_for_a_time_does_so_no_longer(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    limited = CAUnavailableError(
        "later", rig.clock.now() + dt.timedelta(hours=3), Problem(f"{ACME_ERROR}rateLimited", "later")
    )
    rig.server.fail = lambda name, _url: limited if name == "new_order" else None
    assert rig.apply().waiting_for_ca
    rig.server.fail = lambda _name, _url: None
    assert rig.apply().waiting_for_ca
    retried(rig)
    assert rig.apply().issued


@pytest.mark.parametrize("stage", [Stage.COMPLETED, Stage.EXPIRED])
def test_what_has_ended_otherwise_is_not_tried_again(rig_by_hand: Rig, stage: Stage) -> None:
    rig_by_hand.want("www", "www.example.com")
    rig_by_hand.apply()
    order = replace(the_order(rig_by_hand), stage=stage)
    with pytest.raises(ReconcilerError, match="nothing to try again"):
        mark_retry(order, order, rig_by_hand.clock.now())
    failed = replace(order, stage=Stage.ERROR)
    with pytest.raises(ReconcilerError, match="is over"):
        mark_retry(failed, None, rig_by_hand.clock.now())


# Several copies of one state


def test_a_second_copy_finds_the_first_ones_order_and_asks_for_the_same(
    rig_by_hand: Rig, tmp_path: Path
) -> None:
    rig = rig_by_hand
    rig.server.reuse_pending_orders = False
    rig.server.lists_orders = True
    rig.want("first", "first.example.com")
    rig.apply()
    rig.want("www", "www.example.com")
    other = copy_of(rig, tmp_path / "other")
    here = rig.apply().awaiting_people
    there = other.apply().awaiting_people
    assert len(rig.server.orders) == 2
    tokens = [
        {instruction.key_authorization for each in waiting for instruction in each.instructions}
        for waiting in (here, there)
    ]
    assert tokens[0] == tokens[1]


def test_one_of_the_copies_gets_the_certificate_and_the_other_is_told(
    rig_by_hand: Rig, tmp_path: Path
) -> None:
    rig = rig_by_hand
    rig.server.reuse_pending_orders = False
    rig.server.lists_orders = True
    rig.want("first", "first.example.com")
    rig.apply()
    rig.specs.clear()
    rig.apply()
    rig.want("www", "www.example.com")
    other = copy_of(rig, tmp_path / "other")
    rig.apply()
    other.apply()
    say_fulfilled(rig)
    assert rig.apply().issued
    say_fulfilled(other)
    [failure] = other.apply().failed
    assert failure.problem.type == COMPLETED_ELSEWHERE
    assert len(rig.server.issued) == 1
    plan = other.plan()
    assert not plan.has_changes
    assert [each.until for each in plan.held_back] == [None]
    assert not other.delivered("www")
    # Somebody says that the other copy shall have one of its own all the same.
    retried(other)
    assert other.apply().awaiting_people


def test_an_order_whose_answer_was_lost_is_found_not_made_again(tmp_path: Path) -> None:
    def prepare(rig: Rig) -> None:
        rig.server.reuse_pending_orders = False
        rig.server.lists_orders = True
        rig.want("www", "www.example.com")

    assert killed_everywhere(tmp_path, prepare, one_of_each) > 40


@pytest.mark.parametrize("unanswered", [0, 3, 4])
def test_an_answer_that_is_lost_makes_no_second_order_in_the_same_run(rig: Rig, unanswered: int) -> None:
    rig.server.reuse_pending_orders = False
    rig.server.lists_orders = True
    rig.want("www", "www.example.com")
    lost = iter([True])

    def lose(name: str) -> None:
        if name == "new_order" and next(lost, False):
            raise CAUnavailableError("the connection was closed")

    def fail(name: str, _url: str) -> CAUnavailableError | None:
        is_away = name == "list_orders" and rig.server.requests["list_orders"] <= unanswered
        return CAUnavailableError("HTTP status 500") if is_away else None

    rig.server.after_request = lose
    rig.server.fail = fail
    assert rig.apply().issued
    # A CA that does not answer four times may never do: then it counts as one that has no list.
    assert len(rig.server.orders) == (1 if unanswered < 4 else 2)
    assert len(rig.server.completed()) == 1


def test_an_order_of_an_earlier_run_is_looked_for_until_the_ca_lists_it(rig: Rig) -> None:
    rig.server.reuse_pending_orders = False
    rig.server.lists_orders = True
    rig.want("www", "www.example.com")

    def lose(name: str) -> None:
        if name == "new_order":
            rig.server.fail = lambda _name, _url: CAUnavailableError("no route to host")
            raise CAUnavailableError("the connection was closed")

    rig.server.after_request = lose
    assert rig.apply().failed
    away = iter([True, True])
    rig.server.fail = lambda name, _url: (
        CAUnavailableError("HTTP status 500") if name == "list_orders" and next(away, False) else None
    )
    assert rig.apply().issued
    assert len(rig.server.orders) == 1


def test_a_ca_that_makes_a_mess_of_its_list_has_none(rig: Rig) -> None:
    rig.server.lists_orders = True
    refused = ProblemError(Problem(f"{ACME_ERROR}malformed", "no lists today"))
    rig.server.fail = lambda name, _url: refused if name == "list_orders" else None
    rig.want("www", "www.example.com")
    assert rig.apply().issued


@pytest.mark.parametrize("name", ["list_orders", "read_order"])
def test_a_list_that_is_out_of_order_is_none(rig: Rig, name: str) -> None:
    rig.server.lists_orders = True
    rig.server.reuse_pending_orders = False
    rig.want("first", "first.example.com")
    rig.apply()
    account = rig.store.account("ca")
    assert account is not None
    ca = MemoryCA(rig.server, rig.store.account_key("ca", 0), account.account_url)
    rig.want("www", "www.example.com")
    unknown = ca.new_order(rig.specs["www"].identifiers).url
    error = CAUnavailableError("HTTP status 500")
    rig.server.fail = lambda asked, url: error if asked == name and url in ("", unknown, LIST) else None
    for _ in range(2):
        result = rig.apply()
        rig.clock.advance(days=61)
        assert {each.certificate for each in result.issued} >= {"www"}
        assert result.failed == ()


def test_an_order_for_something_else_is_left_alone(rig: Rig) -> None:
    rig.server.lists_orders = True
    rig.server.reuse_pending_orders = False
    rig.want("first", "first.example.com")
    rig.apply()
    account = rig.store.account("ca")
    assert account is not None
    ca = MemoryCA(rig.server, rig.store.account_key("ca", 0), account.account_url)
    rig.want("www", "www.example.com", "api.example.com")
    ca.new_order(rig.specs["www"].identifiers[:1])
    ca.new_order(rig.specs["www"].identifiers, not_after=rig.clock.now() + dt.timedelta(days=7))
    assert rig.apply().issued
    assert len(rig.server.orders) == 4


def test_nothing_is_asked_where_nothing_is_to_be_submitted(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.server.lists_orders = True
    rig.want("www", "www.example.com")
    rig.apply()
    rig.apply()
    assert rig.server.requests["list_orders"] == 1


# Orders whose time is over


def test_an_order_whose_time_is_over_holds_back_no_key(
    rig_by_hand: Rig,
) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    # Nothing is ordered in its place: what is asked for has passed as well.
    rig.change("www", not_after=RequestedEnd(moment=rig.clock.now() + dt.timedelta(days=2)))
    rig.apply()
    assert the_order(rig).is_open
    rig.account = replace(rig.account, key_max_age=dt.timedelta(days=30))
    rig.clock.advance(days=31)
    plan = rig.plan()
    assert plan.held_keys == ()
    assert actions.RotateKey in {type(each) for each in plan.actions}
    assert rig.apply().rotated


# Too many


@pytest.mark.parametrize(
    "detail",
    ["too many certificates; a renewal that replaces one is exempt", "replacement orders are limited"],
)
def test_a_rate_limit_is_one_whatever_words_are_in_it(rig: Rig, detail: str) -> None:
    rig.server.renewal_info = True
    rig.want("www", "www.example.com")
    rig.apply()
    rig.clock.advance(days=80)
    rig.server.requests.clear()
    until = rig.clock.now() + dt.timedelta(hours=1)
    limited = CAUnavailableError("429", until, Problem(f"{ACME_ERROR}rateLimited", detail, 429))
    rig.server.fail = lambda name, _url: limited if name == "new_order" else None
    result = rig.apply(ApplyOptions(wait=False))
    assert rig.server.requests["new_order"] == 1
    assert [each.until for each in result.waiting_for_ca] == [until]
    [order] = [each for each in rig.store.orders().values() if each.is_open]
    assert order.replaces is not None
    rig.server.fail = lambda _name, _url: None
    rig.clock.advance(hours=1)
    assert rig.apply().issued
    assert_settled(rig)
