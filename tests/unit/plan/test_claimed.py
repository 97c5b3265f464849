"""What other runs have claimed, and two orders for one certificate."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.model.claim import Claim, ClaimKind
from reconciler.model.desired import Desired
from reconciler.model.fulfillment import WebrootMethod
from reconciler.model.instruction import Leftovers
from reconciler.model.observed import Observed
from reconciler.model.order import Stage, Status
from reconciler.model.role import ChallengeType
from reconciler.model.settings import Settings
from reconciler.plan.actions import AbandonOrder, DeliverCertificate, Plan, ReencryptKeys, ResumeOrder
from reconciler.plan.claimed import Subject, in_the_way, subject_of, to_be_claimed, without_claimed
from reconciler.plan.diff import make_plan
from reconciler.plan.reasons import AnotherOrder, ClaimedElsewhere
from reconciler.render.wording.plans import held_back_title
from tests.unit.values import DAY, NOW, account, account_spec, authorization, certificate, order, role, spec

UNTIL = NOW + dt.timedelta(minutes=10)
RUN = "0197299e-0000-7000-8000-0000000000ff"


def claim(kind: ClaimKind, name: str, account_name: str | None = None, until: dt.datetime = UNTIL) -> Claim:
    return Claim(
        kind,
        name,
        RUN,
        "clone",
        "reconciler apply",
        "ci@other",
        NOW,
        until,
        account_name,
        "https://ci.test/1",
    )


def plan_of(desired: Desired, observed: Observed, *claims: Claim) -> Plan:
    return make_plan(desired, replace(observed, claims=claims), NOW)


WANTED = Desired(
    accounts={"ca": account_spec()},
    roles={"web": role()},
    certificates={"api": spec("api"), "www": spec("www")},
)
KNOWN = Observed(accounts={"ca": account()})
ELSEWHERE = ClaimedElsewhere(RUN, "ci@other", UNTIL, "https://ci.test/1")


def test_a_claimed_certificate_is_held_back_and_others_are_not() -> None:
    plan = plan_of(WANTED, KNOWN, claim(ClaimKind.CERTIFICATE, "www", "ca"))
    assert [each.subject for each in plan.actions] == ["api"]
    [held] = plan.held_back
    assert (held.subject, held.until, held.reasons[-1]) == ("www", UNTIL, ELSEWHERE)
    assert held.reasons[0].code == "new"


def test_a_claim_past_its_end_holds_nothing_back() -> None:
    plan = plan_of(WANTED, KNOWN, claim(ClaimKind.CERTIFICATE, "www", "ca", NOW))
    assert [each.subject for each in plan.actions] == ["api", "www"]


def test_nothing_is_ordered_through_an_account_that_others_work_on() -> None:
    plan = plan_of(WANTED, Observed(), claim(ClaimKind.ACCOUNT, "ca"))
    assert plan.actions == ()
    assert [each.subject for each in plan.held_back] == ["api", "www"]
    assert plan.held_back[0].reasons[-1] == replace(ELSEWHERE, account_name="ca")
    assert [each.subject for each in plan.held_keys] == ["ca"]


def test_an_account_is_not_registered_for_what_others_order() -> None:
    claims = (claim(ClaimKind.CERTIFICATE, name) for name in ("api", "www"))
    plan = plan_of(WANTED, Observed(), *claims)
    assert plan.actions == ()
    assert plan.held_keys == ()


def test_the_key_of_an_account_stays_while_others_order_through_it() -> None:
    old = replace(
        account(), account_keys=(replace(account().account_keys[0], key_creation_date=NOW - 9 * DAY),)
    )
    desired = Desired(
        accounts={"ca": replace(account_spec(), key_max_age=DAY, email_contacts=("a@example.com",))}
    )
    plan = plan_of(desired, Observed(accounts={"ca": old}), claim(ClaimKind.CERTIFICATE, "www", "ca"))
    # Contacts are no concern of theirs.
    assert [each.kind for each in plan.actions] == ["update_account"]
    [held] = plan.held_keys
    assert held.reasons[-1] == ELSEWHERE


def test_an_account_is_not_deactivated_while_others_order_through_it() -> None:
    plan = plan_of(Desired(), KNOWN, claim(ClaimKind.CERTIFICATE, "www", "ca"))
    assert plan.actions == ()
    assert [each.subject for each in plan.held_keys] == ["ca"]


def test_what_is_no_longer_asked_for_and_leftovers_wait() -> None:
    observed = Observed(
        certificates={"www": certificate()},
        leftovers={order().order_id: Leftovers(order().order_id, "www", ())},
    )
    assert [each.kind for each in plan_of(Desired(), observed).actions] == ["forget_certificate", "clean_up"]
    plan = plan_of(Desired(), observed, claim(ClaimKind.CERTIFICATE, "www"))
    assert (plan.actions, plan.waits) == ((), True)
    assert [each.action.kind for each in plan.held_actions] == ["forget_certificate", "clean_up"]
    assert {(each.subject, each.until, each.reasons[-1]) for each in plan.held_actions} == {
        ("www", UNTIL, ELSEWHERE)
    }
    assert [held_back_title(each, NOW) for each in plan.held_actions] == [
        "held back: forgetting certificate www until 2026-06-01 12:10 UTC at the latest",
        f"held back: cleaning up after order {order().order_id} of certificate www until "
        "2026-06-01 12:10 UTC at the latest",
    ]


def test_files_are_delivered_whoever_works_on_the_certificate() -> None:
    from reconciler.model.observed import FileChanges

    observed = replace(
        KNOWN,
        certificates={"www": certificate(), "api": certificate("api")},
        file_changes={"www": FileChanges(missing=("cert.pem",))},
    )
    [action] = plan_of(WANTED, observed, claim(ClaimKind.CERTIFICATE, "www", "ca")).actions
    assert isinstance(action, DeliverCertificate)
    assert subject_of(action) is None


def test_while_all_keys_are_encrypted_anew_nothing_else_is_done() -> None:
    plan = plan_of(WANTED, KNOWN, claim(ClaimKind.KEYS, "state"))
    assert plan.actions == ()
    assert len(plan.held_back) == 2


@pytest.mark.parametrize(
    ("change", "configured", "is_claimed"),
    [
        ({}, False, False),
        ({"fulfilled": True}, False, True),
        ({"by_hand": False}, False, True),
        ({"status": Status.VALID}, False, True),
        ({}, True, True),
    ],
    ids=["waits", "fulfilled", "by the program", "valid already", "the program can do it by now"],
)
def test_an_order_that_only_waits_for_people_is_not_claimed(
    change: dict[str, Any], configured: bool, is_claimed: bool
) -> None:
    asked = replace(authorization(chosen=ChallengeType.HTTP_01), by_hand=True)
    waiting = replace(
        order(stage=Stage.AWAITING_CHALLENGE_FULFILLMENT), authorizations=(replace(asked, **change),)
    )
    ways = {ChallengeType.HTTP_01: (WebrootMethod("/srv/acme"),)} if configured else {}
    desired = replace(WANTED, certificates={"www": spec("www")}, settings=Settings(challenges=ways))
    [action] = plan_of(desired, replace(KNOWN, orders={"www": waiting})).actions
    assert isinstance(action, ResumeOrder)
    assert (to_be_claimed(action) is not None) is is_claimed
    assert subject_of(action) is not None


def test_an_order_is_claimed_with_its_account() -> None:
    plan = plan_of(WANTED, Observed())
    assert [subject_of(each) for each in plan.actions] == [
        Subject(ClaimKind.ACCOUNT, "ca"),
        Subject(ClaimKind.CERTIFICATE, "api", "ca"),
        Subject(ClaimKind.CERTIFICATE, "www", "ca"),
    ]


def test_of_two_orders_the_other_is_put_away() -> None:
    other = replace(order(), order_id="0197299e-0000-7000-8000-000000000003")
    observed = replace(
        KNOWN, orders={"www": other}, certificates={"api": certificate("api")}, surplus=(order(),)
    )
    plan = plan_of(WANTED, observed)
    abandoned = [each for each in plan.actions if isinstance(each, AbandonOrder)]
    assert [(each.order, each.reasons) for each in abandoned] == [(order(), (AnotherOrder(other.order_id),))]
    assert [each.kind for each in plan.actions] == ["abandon_order", "resume_order"]


def test_a_surplus_order_of_a_certificate_in_force_is_put_away() -> None:
    done = order(stage=Stage.COMPLETED)
    observed = replace(
        KNOWN, certificates={each: certificate(each) for each in ("api", "www")}, surplus=(done,)
    )
    [action] = plan_of(WANTED, observed).actions
    assert action.reasons == (AnotherOrder(certificate().order_id),)


def test_keys_are_encrypted_anew_once_nobody_else_is_at_work() -> None:
    plan = Plan(NOW, actions=(ReencryptKeys((), (), (), 2, ()),))
    held = without_claimed(plan, [claim(ClaimKind.CERTIFICATE, "www")])
    assert held.actions == ()
    [waits] = held.held_actions
    assert held_back_title(waits, NOW) == (
        "held back: encrypting the private keys anew until 2026-06-01 12:10 UTC at the latest"
    )
    assert without_claimed(plan, [claim(ClaimKind.CERTIFICATE, "www", until=NOW)]) == plan


@pytest.mark.parametrize(
    ("kind", "name", "account_name", "order_waits", "account_waits"),
    [
        (ClaimKind.CERTIFICATE, "www", "ca", True, True),
        (ClaimKind.CERTIFICATE, "api", "ca", False, True),
        (ClaimKind.CERTIFICATE, "api", None, False, False),
        (ClaimKind.ACCOUNT, "ca", None, True, True),
        (ClaimKind.ACCOUNT, "another", None, False, False),
        (ClaimKind.KEYS, "state", None, True, True),
    ],
)
def test_what_people_may_not_change(
    kind: ClaimKind, name: str, account_name: str | None, *, order_waits: bool, account_waits: bool
) -> None:
    claims = [claim(kind, name, account_name)]
    assert bool(in_the_way(claims, NOW, certificate="www", account="ca")) is order_waits
    assert bool(in_the_way(claims, NOW, certificate=None, account="ca")) is account_waits
    assert in_the_way(claims, UNTIL, certificate="www", account="ca") is None
