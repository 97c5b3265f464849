"""The accounts: registered, updated, given another key, deactivated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.model.account import AccountKey, KeyType
from reconciler.model.desired import Desired
from reconciler.model.finding import Finding
from reconciler.model.observed import FileChanges, Observed
from reconciler.model.order import CLOSED_STAGES, Stage
from reconciler.plan import reasons as why
from reconciler.plan.accounts import registrations, under_way
from reconciler.plan.actions import (
    CreateOrder,
    DeactivateAccount,
    DeliverCertificate,
    ForgetCertificate,
    HeldBackKey,
    RegisterAccount,
    RotateKey,
    UpdateAccount,
)
from reconciler.plan.diff import make_plan
from tests.unit.plan.desired import moved_account, plan
from tests.unit.values import DAY, HERE, NOW, account, account_spec, certificate, order, role, spec

if TYPE_CHECKING:
    import datetime as dt

    from reconciler.model.account import Account, AccountSpec
    from reconciler.model.order import Order
    from reconciler.plan.actions import Plan

NOT_KNOWN = (why.AccountNotRegistered(),)
GONE = (why.NoLongerRequested(),)
PEM = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"


# Registration


@pytest.mark.parametrize("known", [[], [replace(account(), account_url=None)]])
@pytest.mark.parametrize("orders", [[], [order()]])
def test_an_account_that_an_order_needs_is_registered_first(
    known: list[Account], orders: list[Order]
) -> None:
    found = plan(spec(), known=known, orders=orders)
    assert found.actions[0] == RegisterAccount(account_spec(), NOT_KNOWN)
    assert len(found.actions) == 2


def test_an_account_that_no_order_needs_is_not() -> None:
    deliver = DeliverCertificate(spec(), certificate(), ())
    desired_of = plan(spec(), known=[], certificates=[certificate()])
    assert desired_of.actions == ()
    assert list(registrations(Desired(), Observed(), [deliver])) == []
    assert [
        type(each) for each in plan(spec(), known=[], certificates=[certificate(age=80 * DAY)]).actions
    ] == [
        RegisterAccount,
        CreateOrder,
    ]


def test_two_orders_register_it_once() -> None:
    found = plan(spec("a"), spec("b"), known=[])
    assert [type(each) for each in found.actions] == [RegisterAccount, CreateOrder, CreateOrder]


# Updates


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((), (), ()),
        (("a@x.example", "b@x.example"), ("b@x.example", "a@x.example"), ()),
        ((), ("a@x.example",), (why.ContactsChanged((), ("a@x.example",)),)),
        (("a@x.example",), (), (why.ContactsChanged(("a@x.example",), ()),)),
    ],
)
def test_other_contacts(
    before: tuple[str, ...], after: tuple[str, ...], expected: tuple[why.Reason, ...]
) -> None:
    wanted = replace(account_spec(), email_contacts=after)
    found = plan(accounts=[wanted], known=[replace(account(), email_contacts=before)])
    assert found.actions == ((UpdateAccount(wanted, expected),) if expected else ())


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        (None, None, False),
        (None, "", False),
        (PEM, PEM.strip(), False),
        (None, PEM, True),
        (PEM, None, True),
        (PEM, PEM.replace("AA", "AB"), True),
    ],
)
def test_another_ca_behind_the_tls(before: str | None, after: str | None, differs: bool) -> None:
    wanted = replace(account_spec(), trusted_ca=after)
    found = plan(accounts=[wanted], known=[replace(account(), trusted_ca=before)])
    expected = UpdateAccount(wanted, (why.TrustedCaChanged(),))
    assert found.actions == ((expected,) if differs else ())


def test_other_hosts_than_the_state_remembers() -> None:
    wanted = replace(account_spec(), additional_hosts=("b.ca.test", "a.ca.test"))
    known = replace(account(), additional_hosts=("a.ca.test",))
    reason = why.AdditionalHostsChanged(("a.ca.test",), ("b.ca.test", "a.ca.test"))
    assert plan(accounts=[wanted], known=[known]).actions == (UpdateAccount(wanted, (reason,)),)
    same = replace(known, additional_hosts=("a.ca.test", "b.ca.test"))
    assert plan(accounts=[wanted], known=[same]).actions == ()


def test_both_are_one_change() -> None:
    wanted = replace(account_spec(), trusted_ca=PEM, email_contacts=("a@x.example",))
    [action] = plan(accounts=[wanted]).actions
    assert [type(each) for each in action.reasons] == [why.ContactsChanged, why.TrustedCaChanged]


# Keys

OLD = AccountKey(0, KeyType.EC_256, NOW - 90 * DAY, "thumbprint")
WITH_OLD_KEY = replace(account(), account_keys=(OLD,))
TOO_OLD = why.KeyTooOld(0, NOW - 90 * DAY, 90 * DAY, NOW)


def with_key_age(age: dt.timedelta | None) -> Plan:
    return plan(accounts=[replace(account_spec(), key_max_age=age)], known=[WITH_OLD_KEY])


def test_a_key_takes_the_place_of_one_that_is_too_old() -> None:
    wanted = replace(account_spec(), key_max_age=90 * DAY)
    assert plan(accounts=[wanted], known=[WITH_OLD_KEY]).actions == (RotateKey(wanted, (TOO_OLD,)),)
    assert with_key_age(91 * DAY).actions == ()
    assert with_key_age(None).actions == ()


def test_the_age_of_the_active_key_counts() -> None:
    new = AccountKey(1, KeyType.EC_256, NOW - DAY, "another")
    known = replace(WITH_OLD_KEY, account_keys=(OLD, new), active_key_version=1)
    wanted = replace(account_spec(), key_max_age=90 * DAY)
    assert plan(accounts=[wanted], known=[known]).actions == ()


def test_it_waits_for_the_orders_of_the_account_that_are_under_way() -> None:
    wanted = replace(account_spec(), key_max_age=90 * DAY)
    found = plan(spec(), accounts=[wanted], known=[WITH_OLD_KEY], orders=[order()])
    held = HeldBackKey(wanted, (TOO_OLD, why.OrdersUnderWay((order().order_id,))))
    assert found.held_keys == (held,)
    assert not any(isinstance(each, RotateKey) for each in found.actions)
    assert found.held_back == ()


@pytest.mark.parametrize(
    "last",
    [
        *(order(stage=stage) for stage in CLOSED_STAGES),
        replace(order("other"), account_name="other", role_name="others"),
    ],
)
def test_other_orders_are_no_reason_to_wait(last: Order) -> None:
    wanted = replace(account_spec(), key_max_age=90 * DAY)
    others = spec("other", of=role("others", "other"))
    found = plan(
        spec(),
        others,
        accounts=[wanted, account_spec("other")],
        known=[WITH_OLD_KEY, account("other")],
        certificates=[certificate()],
        orders=[last],
    )
    assert RotateKey(wanted, (TOO_OLD,)) in found.actions
    assert found.held_keys == ()


def test_an_order_whose_time_is_over_is_no_reason_to_wait() -> None:
    wanted = replace(account_spec(), key_max_age=90 * DAY)
    over = replace(order(), expires=NOW)
    found = plan(spec(), accounts=[wanted], known=[WITH_OLD_KEY], orders=[over])
    assert found.held_keys == ()
    assert RotateKey(wanted, (TOO_OLD,)) in found.actions


@pytest.mark.parametrize("age", [None, 90 * DAY])
@pytest.mark.parametrize("orders", [[], [order()]])
def test_a_change_that_was_begun_is_ended_whatever_else(
    age: dt.timedelta | None, orders: list[Order]
) -> None:
    wanted = replace(account_spec(), key_max_age=age)
    found = plan(
        spec(),
        accounts=[wanted],
        known=[replace(WITH_OLD_KEY, pending_key_version=1)],
        certificates=[certificate()],
        orders=orders,
    )
    assert found.actions[0] == RotateKey(wanted, (why.KeyChangePending(1),))
    assert found.held_keys == ()


@pytest.mark.parametrize(
    ("wanted", "known"),
    [
        (account_spec(), []),
        (account_spec(), [replace(WITH_OLD_KEY, account_url=None)]),
        (moved_account(), [replace(WITH_OLD_KEY, pending_key_version=1)]),
    ],
    ids=["unknown", "not registered", "moved"],
)
def test_nothing_is_changed_about_an_account_that_is_not_there(
    wanted: AccountSpec, known: list[Account]
) -> None:
    changed = replace(wanted, email_contacts=("a@x.example",), key_max_age=DAY)
    assert plan(accounts=[changed], known=known).actions == ()


def test_accounts_are_changed_before_anything_is_ordered_and_deactivated_last() -> None:
    wanted = replace(account_spec(), key_max_age=90 * DAY, email_contacts=("a@x.example",))
    new = spec("new", of=role("news", "new"))
    found = plan(
        spec(),
        new,
        accounts=[wanted, account_spec("new")],
        known=[WITH_OLD_KEY, account("gone")],
        certificates=[certificate("forgotten")],
    )
    assert [(type(each), each.subject) for each in found.actions] == [
        (RegisterAccount, "new"),
        (UpdateAccount, "ca"),
        (RotateKey, "ca"),
        (CreateOrder, "new"),
        (CreateOrder, "www"),
        (ForgetCertificate, "forgotten"),
        (DeactivateAccount, "gone"),
    ]


def test_files_are_delivered_without_an_account() -> None:
    observed = Observed(
        certificates={"www": certificate()}, file_changes={"www": FileChanges(missing=("cert.pem",))}
    )
    desired = Desired(accounts={"ca": account_spec()}, certificates={"www": spec()})
    assert [type(each) for each in make_plan(desired, observed, NOW).actions] == [DeliverCertificate]


# The end


@pytest.mark.parametrize("known", [account("gone"), replace(account("gone"), account_url=None)])
def test_an_account_that_the_tree_has_no_more_is_deactivated(known: Account) -> None:
    assert plan(known=[known]).actions == (DeactivateAccount(known, GONE),)


def test_its_orders_are_forgotten_first() -> None:
    left = replace(order(), account_name="gone")
    found = plan(known=[account("gone")], orders=[left])
    assert [type(each) for each in found.actions] == [ForgetCertificate, DeactivateAccount]


def test_an_account_is_kept_while_an_order_that_is_left_alone_goes_through_it() -> None:
    denial = {"www": (Finding("denied", "no", HERE),)}
    left = replace(order(), account_name="gone", role_name="other")
    assert plan(spec(), known=[account(), account("gone")], orders=[left], denials=denial).actions == ()
    closed = replace(left, stage=Stage.ERROR)
    found = plan(spec(), known=[account(), account("gone")], orders=[closed], denials=denial)
    assert found.actions == (DeactivateAccount(account("gone"), GONE),)


def test_an_account_that_another_takes_the_place_of_goes_once_its_order_is_given_up() -> None:
    moved = replace(role(account="new"), previous_acme_account_name="gone")
    left = replace(order(), account_name="gone")
    found = plan(
        spec(of=moved), accounts=[account_spec("new")], known=[account("new"), account("gone")], orders=[left]
    )
    assert [type(each) for each in found.actions] == [CreateOrder, DeactivateAccount]


def test_which_orders_are_under_way() -> None:
    orders = [
        replace(order(str(number), stage=stage), order_id=str(number)) for number, stage in enumerate(Stage)
    ]
    found = under_way("ca", [*orders, replace(order(), account_name="other")], NOW)
    assert {each.stage for each in found} == set(Stage) - CLOSED_STAGES
    assert {each.account_name for each in found} == {"ca"}
    assert under_way("ca", [replace(each, expires=NOW) for each in orders], NOW) == []
