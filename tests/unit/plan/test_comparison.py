"""What a branch changes, and what was due anyway."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.account import KeyType
from reconciler.model.finding import Finding, Location
from reconciler.model.order import Stage
from reconciler.model.places import KnownPlaces
from reconciler.model.problem import Problem
from reconciler.model.renewal import RenewalRule
from reconciler.model.safety import Limit, LimitKind, PassedLimit
from reconciler.plan import actions, reasons
from reconciler.plan.actions import Plan
from reconciler.plan.comparison import compare
from tests.unit.made import made
from tests.unit.plan.desired import plan
from tests.unit.values import DAY, NOW, account_spec, certificate, order, role, spec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.certificate import CertificateSpec
    from reconciler.plan.comparison import Comparison

_OLD = certificate(age=80 * DAY)
_ELSEWHERE = Location("certificates/www.yaml", 7, 3)


def _compare(here: Plan, there: Plan) -> Comparison:
    return compare(here, there, base="origin/main", commit="a" * 40)


def _renewals(here: CertificateSpec, there: CertificateSpec) -> Comparison:
    return _compare(plan(here, certificates=[_OLD]), plan(there, certificates=[_OLD]))


def _kinds(found: Iterable[actions.Action]) -> list[str]:
    return [f"{each.kind} {each.subject}" for each in found]


def test_a_certificate_that_only_the_branch_asks_for_is_its_change() -> None:
    found = _compare(plan(spec(), spec("new"), certificates=[_OLD]), plan(spec(), certificates=[_OLD]))
    assert _kinds(found.changed.actions) == ["create_order new"]
    assert _kinds(found.due.actions) == ["create_order www"]
    assert not found.undone
    assert (found.base, found.commit) == ("origin/main", "a" * 40)


def test_the_first_certificate_of_an_account_brings_its_registration() -> None:
    found = _compare(plan(spec(), known=[]), plan(known=[]))
    assert _kinds(found.changed.actions) == ["register_account ca", "create_order www"]
    assert not found.due.has_changes


def test_a_certificate_that_the_branch_removes_is_forgotten_and_not_renewed() -> None:
    found = _compare(plan(certificates=[_OLD]), plan(spec(), certificates=[_OLD]))
    assert _kinds(found.changed.actions) == ["forget_certificate www"]
    assert _kinds(found.undone) == ["create_order www"]


def test_what_nobody_changed_is_due_and_what_is_unchanged_with_it() -> None:
    tree = plan(spec(), spec("new"), certificates=[certificate()])
    found = _compare(tree, tree)
    assert found.due == tree
    assert found.changed == replace(tree, actions=(), unchanged=0)


@pytest.mark.parametrize(
    "there",
    [
        replace(spec(), location=_ELSEWHERE, places=KnownPlaces((_ELSEWHERE,))),
        replace(spec("www", "www.example.com"), role=replace(role(), location=_ELSEWHERE)),
        replace(spec(), role=replace(role(), allowed_domains=("www.example.com", "b.example.com"))),
        replace(spec(), renew=RenewalRule(duration=60 * DAY)),
    ],
    ids=["moved in its file", "role moved", "role allows more", "due for longer"],
)
def test_what_changes_nothing_about_a_renewal_leaves_it_due_anyway(there: CertificateSpec) -> None:
    found = _renewals(spec(), there)
    assert _kinds(found.due.actions) == ["create_order www"]
    assert found.due.actions[0] == plan(spec(), certificates=[_OLD]).actions[0]
    assert not found.changed.actions
    assert not found.undone


@pytest.mark.parametrize(
    "there",
    [
        spec("www", "www.example.com", "b.example.com"),
        replace(spec(), profile="shortlived"),
        replace(spec(), preferred_chain="Root X2"),
        replace(spec(), role=role(key_type=KeyType.EC_384)),
        replace(spec(), role=replace(role(), allowed_profiles=("shortlived",))),
        replace(spec(), role=replace(role(), preferred_chain="Root X2")),
        replace(spec(), reuse_key=True),
    ],
    ids=["names", "profile", "chain", "key type", "role's profile", "role's chain", "key kept"],
)
def test_a_renewal_as_something_else_is_the_branchs_and_the_other_is_undone(there: CertificateSpec) -> None:
    found = _renewals(spec(), there)
    assert _kinds(found.changed.actions) == _kinds(found.undone) == ["create_order www"]
    assert not found.due.actions


def test_another_reason_for_the_same_order_is_a_change() -> None:
    here = plan(spec(), certificates=[_OLD])
    [renewal] = here.actions
    assert isinstance(renewal, actions.CreateOrder)
    there = replace(here, actions=(replace(renewal, reasons=(reasons.NewCertificate(),)),))
    assert _kinds(_compare(here, there).changed.actions) == ["create_order www"]


def test_accounts_are_compared_by_what_is_done_about_them() -> None:
    named = replace(account_spec(), email_contacts=("admin@example.com",))
    slow = replace(account_spec(), max_concurrent_new_orders=1, location=_ELSEWHERE)
    here = plan(spec(), known=[])
    assert _kinds(_compare(here, plan(spec(), accounts=[slow], known=[])).due.actions) == [
        "register_account ca",
        "create_order www",
    ]
    found = _compare(here, plan(spec(), accounts=[named], known=[]))
    assert _kinds(found.changed.actions) == ["register_account ca"]
    assert _kinds(found.due.actions) == ["create_order www"]


def test_what_is_held_back_is_split_too() -> None:
    failed = replace(
        order(stage=Stage.ERROR), attempt=1, next_work_date=NOW + DAY, last_error=Problem("test", "no")
    )
    here = plan(spec(), orders=[failed])
    assert len(here.held_back) == 1
    found = _compare(here, here)
    assert found.due.held_back == here.held_back
    assert not found.changed.held_back
    found = _compare(here, plan())
    assert found.changed.held_back == here.held_back
    assert not found.due.held_back


def _denied(*findings: Finding, names: tuple[str, ...] = ("www",)) -> Plan:
    return Plan(NOW, denied=findings, denied_certificates=names)


_ALICE = Finding("denied", "alice.example.com is not allowed", Location("certificates/www.yaml", 2, 5))
_BOB = Finding("denied", "bob.example.com is not allowed", Location("certificates/www.yaml", 3, 5))


def test_a_denial_that_was_there_on_another_line_is_due() -> None:
    moved = replace(_ALICE, location=replace(_ALICE.location, line=9), hint="other")
    found = _compare(_denied(_ALICE), _denied(moved))
    assert (found.due.denied, found.due.denied_certificates) == ((_ALICE,), ("www",))
    assert (found.changed.denied, found.changed.denied_certificates) == ((), ())


def test_a_certificate_that_is_denied_for_one_thing_more_counts_as_the_branchs() -> None:
    found = _compare(_denied(_ALICE, _BOB), _denied(_ALICE))
    assert (found.due.denied, found.due.denied_certificates) == ((_ALICE,), ())
    assert (found.changed.denied, found.changed.denied_certificates) == ((_BOB,), ("www",))


def test_a_limit_that_was_passed_anyway_is_due() -> None:
    few = PassedLimit(LimitKind.MAX_CHANGES, Limit(1), 1, 2, 10)
    gone = PassedLimit(LimitKind.MAX_FORGET, Limit(1), 1, 3, 10)
    here = Plan(NOW, passed_limits=(few, gone))
    found = _compare(here, Plan(NOW, passed_limits=(replace(few, counted=9),)))
    assert found.due.passed_limits == (few,)
    assert found.changed.passed_limits == (gone,)


_SPECS = made(
    lambda name, other, line: replace(
        spec(name, "a.example.com", *(["b.example.com"] if other else [])),
        location=Location(f"certificates/{name}.yaml", line, 1),
    ),
    st.sampled_from("abc"),
    st.booleans(),
    st.integers(1, 2),
)
_ACTIONS = st.one_of(
    made(actions.CreateOrder, _SPECS, st.just((reasons.NewCertificate(),))),
    made(actions.ForgetCertificate, st.sampled_from("abc"), st.just((reasons.NoLongerRequested(),))),
    made(actions.RegisterAccount, st.just(account_spec()), st.just((reasons.AccountNotRegistered(),))),
)
_HELD = made(actions.HeldBack, _SPECS, st.just((reasons.NewCertificate(),)), st.sampled_from([None, NOW]))
_FINDINGS = made(
    Finding,
    st.just("denied"),
    st.sampled_from(["one", "two"]),
    made(Location, st.sampled_from([f"certificates/{name}.yaml" for name in "abc"]), st.integers(1, 2)),
)
_PLANS = made(
    Plan,
    st.just(NOW),
    st.lists(_ACTIONS, max_size=6).map(tuple),
    st.lists(_HELD, max_size=3).map(tuple),
    st.integers(0, 9),
    st.lists(_FINDINGS, max_size=5).map(tuple),
    st.sets(st.sampled_from("abc")).map(lambda found: tuple(sorted(found))),
)


def _is_part(some: list[object], whole: list[object]) -> bool:
    """Say whether some things stand in a list in this order."""
    rest = iter(whole)
    return all(any(each == other for other in rest) for each in some)


@given(_PLANS, _PLANS)
def test_both_parts_together_are_exactly_the_plan_each_in_its_order(here: Plan, there: Plan) -> None:
    found = _compare(here, there)
    for field in ("actions", "held_back", "denied", "denied_certificates"):
        whole, changed, due = (list(getattr(each, field)) for each in (here, found.changed, found.due))
        assert Counter(map(repr, changed + due)) == Counter(map(repr, whole))
        assert _is_part(changed, whole)
        assert _is_part(due, whole)
    assert found.changed.unchanged + found.due.unchanged == here.unchanged
    assert len(found.undone) == len(there.actions) - len(found.due.actions)
    assert {each.now for each in (found.changed, found.due)} == {here.now}


@given(_PLANS)
def test_against_itself_all_is_due_and_against_nothing_all_is_changed(here: Plan) -> None:
    same, new = _compare(here, here), _compare(here, Plan(NOW))
    assert same.due == here
    assert not same.undone
    assert replace(new.changed, unchanged=here.unchanged) == here
    assert not new.due.has_changes
