"""How much a plan changes, and whether that is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.desired import Desired
from reconciler.model.instruction import Leftovers
from reconciler.model.observed import Observed
from reconciler.model.order import Stage
from reconciler.model.problem import Problem
from reconciler.model.revocation import Revocation, RevocationReason
from reconciler.model.safety import Limit, LimitKind, PassedLimit, Safety
from reconciler.model.selection import Selection
from reconciler.plan import reasons as why
from reconciler.plan.actions import (
    AbandonOrder,
    CleanUp,
    CreateOrder,
    DeactivateAccount,
    DeliverCertificate,
    ForgetCertificate,
    Plan,
    ReencryptKeys,
    RegisterAccount,
    ResumeOrder,
    RevokeCertificate,
    RotateKey,
    UpdateAccount,
)
from reconciler.plan.limits import limits_of, passed_limits
from reconciler.plan.selecting import select
from tests.unit.values import DAY, NOW, account, account_spec, certificate, order, spec

if TYPE_CHECKING:
    from reconciler.plan.actions import Action
    from reconciler.plan.reasons import Reason

CHANGES, REPLACE, FORGET = LimitKind
GONE = (why.NoLongerRequested(),)
DUE = why.RenewalDue(NOW, NOW + DAY)
NAMES = why.IdentifiersChanged((), ())
FAILED = why.OrderFailed("1", 1, None, None)
EXPIRED = why.OrderExpired("1")
HELD = why.OrderHeld("1", Problem("cancelled"))
REVOKED = why.CertificateRevoked(NOW, RevocationReason.SUPERSEDED)


def ordered(*reasons: Reason, first: bool = False) -> CreateOrder:
    return CreateOrder(spec(), reasons, None if first else certificate())


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (ordered(why.NewCertificate(), first=True), {CHANGES}),
        (ordered(NAMES), {CHANGES, REPLACE}),
        (ordered(NAMES, DUE), {CHANGES, REPLACE}),
        (ordered(REVOKED), {CHANGES, REPLACE}),
        # Time brings these; what was tried before has been allowed before.
        (ordered(DUE), set()),
        (ordered(DUE, FAILED), set()),
        (ordered(NAMES, FAILED), set()),
        (ordered(why.NewCertificate(), EXPIRED, first=True), set()),
        (ordered(why.NewCertificate(), HELD, first=True), set()),
        (ForgetCertificate("www", GONE, certificate()), {CHANGES, FORGET}),
        (ForgetCertificate("www", GONE, certificate(), order()), {CHANGES, FORGET}),
        (ForgetCertificate("www", GONE, None, order()), {CHANGES}),
        (AbandonOrder(spec(), order(), GONE), {CHANGES}),
        (AbandonOrder(spec(), order(), (why.RevocationRequested(RevocationReason.SUPERSEDED),)), {CHANGES}),
        (AbandonOrder(spec(), order(), (why.EndPassed(NOW),)), set()),
        (RevokeCertificate(spec(), certificate(), RevocationReason.SUPERSEDED, ()), {CHANGES}),
        (UpdateAccount(account_spec(), ()), {CHANGES}),
        (DeactivateAccount(account(), GONE), {CHANGES}),
        (RegisterAccount(account_spec(), ()), set()),
        (RotateKey(account_spec(), ()), set()),
        (ResumeOrder(spec(), order(), ()), set()),
        (DeliverCertificate(spec(), certificate(), ()), set()),
        (CleanUp(Leftovers("1", "www", ()), ()), set()),
        (ReencryptKeys(("age1",), ("age1",), (), 1, ()), set()),
    ],
)
def test_what_counts(action: Action, expected: set[LimitKind]) -> None:
    assert limits_of(action) == expected


def forgetting(number: int, of: int) -> tuple[Plan, Desired, Observed]:
    """Return a plan that forgets some of the certificates that are known; one is asked for."""
    names = [f"c{each}" for each in range(of)]
    known = {each: certificate(each) for each in names}
    actions = tuple(ForgetCertificate(each, GONE, known[each]) for each in names[:number])
    return Plan(NOW, actions), Desired(certificates={"c": spec("c")}), Observed(certificates=known)


@pytest.mark.parametrize(
    ("limit", "number", "known", "allowed"),
    [
        (Limit(2), 2, 10, None),
        (Limit(2), 3, 10, 2),
        (Limit(0), 0, 10, None),
        (Limit(0), 1, 10, 0),
        (Limit(10, is_percent=True), 1, 10, None),
        (Limit(10, is_percent=True), 2, 10, 1),
        # Rounded up: one is always allowed.
        (Limit(10, is_percent=True), 1, 1, None),
        (Limit(1, is_percent=True), 1, 3, None),
        (Limit(1, is_percent=True), 2, 3, 1),
        (Limit(10, is_percent=True), 2, 11, None),
        (Limit(10, is_percent=True), 3, 11, 2),
        (Limit(100, is_percent=True), 11, 11, None),
    ],
)
def test_what_passes_a_limit(limit: Limit, number: int, known: int, allowed: int | None) -> None:
    found = passed_limits(*forgetting(number, known), Safety(max_forget=limit))
    if allowed is None:
        assert found == ()
    else:
        assert found == (PassedLimit(FORGET, limit, allowed, number, known),)


def test_a_share_does_not_count_as_long_as_nothing_is_known() -> None:
    plan = Plan(NOW, tuple(CreateOrder(spec(f"c{each}"), (why.NewCertificate(),)) for each in range(3)))
    desired = Desired(certificates={"c0": spec("c0")})
    assert passed_limits(plan, desired, Observed(), Safety(max_changes=Limit(1, is_percent=True))) == ()
    [passed] = passed_limits(plan, desired, Observed(), Safety(max_changes=Limit(2)))
    assert (passed.kind, passed.counted, passed.allowed) == (CHANGES, 3, 2)


def test_several_limits_and_several_actions_about_one_certificate() -> None:
    plan, desired, observed = forgetting(2, 4)
    revoked = RevokeCertificate(spec("c"), certificate("c"), RevocationReason.SUPERSEDED, ())
    abandoned = AbandonOrder(spec("c"), order("c"), GONE)
    # An account may have the name of a certificate.
    update = UpdateAccount(account_spec("c"), ())
    plan = replace(plan, actions=(*plan.actions, revoked, abandoned, update))
    found = passed_limits(plan, desired, observed, Safety(Limit(3), Limit(0), Limit(1)))
    assert [(each.kind, each.counted) for each in found] == [(CHANGES, 4), (FORGET, 2)]


def test_an_empty_tree_has_to_be_meant_whatever_the_limits() -> None:
    plan, _, observed = forgetting(2, 2)
    empty = PassedLimit(None, None, 0, 2, 2)
    assert passed_limits(plan, Desired(), observed, Safety()) == (empty,)
    assert passed_limits(plan, Desired(), observed, Safety(max_forget=Limit(99)))[0] == empty
    assert passed_limits(plan, Desired(), observed, Safety(), allow_empty_tree=True) == ()
    found = passed_limits(plan, Desired(), observed, Safety(max_forget=Limit(1)), allow_empty_tree=True)
    assert [each.kind for each in found] == [FORGET]
    only_orders = Plan(NOW, (ForgetCertificate("www", GONE, None, order()),))
    assert passed_limits(only_orders, Desired(), Observed(orders={"www": order()}), Safety()) == ()
    assert passed_limits(Plan(NOW), Desired(), Observed(), Safety()) == ()


def test_a_part_counts_what_it_has_against_all_that_is_known() -> None:
    plan, desired, observed = forgetting(4, 10)
    safety = Safety(max_forget=Limit(20, is_percent=True))
    assert passed_limits(plan, desired, observed, safety) != ()
    part = select(plan, Selection(select=("c[01]",)), desired, observed, {})
    assert passed_limits(part, desired, observed, safety) == ()


@given(
    st.lists(
        st.sampled_from(
            [
                ordered(DUE),
                ordered(DUE, FAILED),
                ResumeOrder(spec(), order(stage=Stage.NEW), ()),
                DeliverCertificate(spec(), certificate(), ()),
                CleanUp(Leftovers("1", "www", ()), ()),
                RotateKey(account_spec(), ()),
                RegisterAccount(account_spec(), ()),
            ]
        )
    ),
    st.sampled_from([Limit(0), Limit(1, is_percent=True)]),
)
def test_nothing_holds_up_what_time_brings(actions: list[Action], limit: Limit) -> None:
    observed = Observed(certificates={"www": certificate()})
    for desired in (Desired(), Desired(certificates={"www": spec()})):
        assert passed_limits(Plan(NOW, tuple(actions)), desired, observed, Safety(limit, limit, limit)) == ()


def test_revoked_ones_that_are_ordered_anew_are_replaced() -> None:
    revoked = replace(certificate(), revocation=Revocation(NOW, RevocationReason.SUPERSEDED))
    assert limits_of(CreateOrder(spec(), (REVOKED,), revoked)) == {CHANGES, REPLACE}
