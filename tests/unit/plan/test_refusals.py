"""What is not done unless somebody says so explicitly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.model.finding import Finding
from reconciler.model.order import Stage
from reconciler.model.revocation import RevocationReason
from reconciler.plan import reasons as why
from reconciler.plan.actions import (
    CreateOrder,
    DeactivateAccount,
    ForgetCertificate,
    ResumeOrder,
    RevokeCertificate,
)
from reconciler.plan.refusals import joined
from tests.unit.plan.desired import moved_account, plan
from tests.unit.values import DAY, HERE, NOW, account, account_spec, certificate, order, role, spec

if TYPE_CHECKING:
    import datetime as dt

    from reconciler.model.role import Role
    from reconciler.plan.actions import Plan

OTHER = spec(of=role(account="other"))
BOTH = [account_spec(), account_spec("other")]


def saying(previous: str | None) -> Role:
    return replace(role(account="other"), previous_acme_account_name=previous)


def codes(found: Plan) -> list[str]:
    return [each.code for each in found.denied]


# Another account under the same role


def test_another_account_of_a_role_is_refused() -> None:
    found = plan(OTHER, accounts=BOTH, certificates=[certificate()])
    assert (found.actions, found.held_back, found.unchanged) == ((), (), 0)
    assert found.denied_certificates == ("www",)
    [finding] = found.denied
    assert finding.code == "account-changed"
    assert "`web` has ordered through the account `ca` and would order through `other`" in finding.message
    assert "1 certificate would be ordered anew" in finding.message
    assert finding.location == OTHER.role.acme_account_name_location
    assert finding.hint
    assert "say `previous_acme_account_name: ca`" in finding.hint


def test_it_is_done_where_the_role_says_that_it_is_meant() -> None:
    wanted = spec(of=saying("ca"))
    found = plan(wanted, accounts=BOTH, certificates=[certificate()])
    assert found.denied == ()
    [order] = found.actions
    assert replace(order, challenges=()) == CreateOrder(
        wanted, (why.AccountChanged("ca", "other"),), certificate()
    )
    assert codes(plan(spec(of=saying("third")), accounts=BOTH, certificates=[certificate()])) == [
        "account-changed"
    ]


def test_once_it_is_done_the_role_may_go_on_saying_so() -> None:
    done = replace(certificate(), account_name="other")
    assert plan(spec(of=saying("ca")), accounts=BOTH, certificates=[done]).unchanged == 1


def test_an_order_under_way_through_the_other_account_counts_and_one_that_has_ended_does_not() -> None:
    assert codes(plan(OTHER, accounts=BOTH, orders=[order()])) == ["account-changed"]
    for stage in (Stage.ERROR, Stage.EXPIRED):
        found = plan(OTHER, accounts=BOTH, orders=[order(stage=stage)])
        assert codes(found) == []
        assert [type(each) for each in found.actions] == [CreateOrder]


def test_certificate_and_order_of_two_other_accounts_are_both_said() -> None:
    third = [*BOTH, account_spec("third")]
    left = replace(order(), account_name="third")
    found = plan(OTHER, accounts=third, certificates=[certificate()], orders=[left])
    assert codes(found) == ["account-changed", "account-changed"]
    assert ["`ca`" in each.message or "`third`" in each.message for each in found.denied] == [True, True]
    assert codes(
        plan(spec(of=saying("ca")), accounts=third, certificates=[certificate()], orders=[left])
    ) == ["account-changed"]


def test_a_role_says_it_once_for_all_its_certificates() -> None:
    wanted = [spec(name, of=role(account="other")) for name in "abc"]
    found = plan(*wanted, accounts=BOTH, certificates=[certificate("a"), certificate("b")])
    [finding] = found.denied
    assert "2 certificates would be ordered anew" in finding.message
    assert found.denied_certificates == ("a", "b")
    assert [(type(each), each.subject) for each in found.actions] == [(CreateOrder, "c")]


def test_another_role_with_another_account_is_another_matter() -> None:
    wanted = spec(of=role("api", "other"))
    found = plan(wanted, accounts=BOTH, certificates=[certificate()])
    assert found.denied == ()
    assert [type(each) for each in found.actions[0].reasons] == [why.RoleChanged, why.AccountChanged]


def test_what_is_to_be_revoked_is_not_refused_for_its_account() -> None:
    wanted = replace(OTHER, revoke=RevocationReason.SUPERSEDED)
    found = plan(wanted, accounts=BOTH, certificates=[certificate()])
    assert found.denied == ()
    assert [type(each) for each in found.actions] == [RevokeCertificate]


# An account that would have to move


def test_an_account_does_not_move_to_another_ca() -> None:
    found = plan(spec("a"), spec("b"), accounts=[moved_account()], known=[account()])
    assert (found.actions, found.denied_certificates) == ((), ("a", "b"))
    [finding] = found.denied
    assert finding.code == "account-moved"
    assert "the account ca is registered at https://ca.test/directory" in finding.message


def test_the_others_are_planned_all_the_same() -> None:
    other = spec("other", of=role("others", "other"))
    found = plan(spec(), other, accounts=[moved_account(), account_spec("other")], known=[account()])
    assert found.denied_certificates == ("www",)
    assert [each.subject for each in found.actions] == ["other", "other"]


# A role that is gone


def test_a_role_does_not_go_while_orders_of_it_are_under_way() -> None:
    left = [
        replace(order("b"), order_id="0197299e-0000-7000-8000-00000000000b"),
        replace(order("a"), order_id="0197299e-0000-7000-8000-00000000000a"),
        replace(order("done", stage=Stage.ERROR), order_id="0197299e-0000-7000-8000-00000000000c"),
    ]
    found = plan(orders=left, roles=[])
    [finding] = found.denied
    assert finding.code == "role-in-use"
    ids = "0197299e-0000-7000-8000-00000000000a, 0197299e-0000-7000-8000-00000000000b"
    assert finding.message == f"the role `web` is gone, and orders of it are under way: {ids}"
    assert finding.location.path == "roles/web.yaml"
    assert finding.hint
    assert "`--allow-role-removal web`" in finding.hint
    assert found.denied_certificates == ("a", "b")
    assert [(type(each), each.subject) for each in found.actions] == [(ForgetCertificate, "done")]


def test_an_order_whose_time_is_over_keeps_no_role() -> None:
    over = replace(order(), expires=NOW)
    found = plan(orders=[over], roles=[])
    assert found.denied == ()
    assert [type(each) for each in found.actions] == [ForgetCertificate]


def test_its_account_stays_as_long_as_its_orders() -> None:
    left = replace(order(), account_name="gone")
    assert plan(known=[account("gone")], orders=[left], roles=[]).actions == ()


def test_it_goes_where_that_is_said() -> None:
    left = replace(order(), account_name="gone")
    found = plan(known=[account("gone")], orders=[left], roles=[], allowed_removals=["web"])
    assert found.denied == ()
    assert [type(each) for each in found.actions] == [ForgetCertificate, DeactivateAccount]
    assert codes(plan(orders=[left], roles=[], allowed_removals=["other"])) == ["role-in-use"]


def test_a_certificate_that_is_asked_for_by_another_role_waits_for_that_as_well() -> None:
    wanted = spec(of=role("api"))
    found = plan(wanted, orders=[order()], roles=["api"])
    assert (codes(found), found.actions) == (["role-in-use"], ())
    [action] = plan(wanted, orders=[order()], roles=["api"], allowed_removals=["web"]).actions
    assert isinstance(action, CreateOrder)
    assert action.previous == order()


def test_a_role_that_is_there_is_no_matter() -> None:
    found = plan(spec(), orders=[order()])
    assert found.denied == ()
    assert [type(each) for each in found.actions] == [ResumeOrder]


def test_a_certificate_in_force_does_not_keep_its_role() -> None:
    found = plan(certificates=[certificate()], roles=[])
    assert found.denied == ()
    assert [type(each) for each in found.actions] == [ForgetCertificate]


# Several at once


def test_all_that_is_to_be_said_of_a_certificate_is_said_at_once() -> None:
    denial = Finding("denied", "no", HERE)
    moved = spec(of=role("web", "other"))
    found = plan(
        moved,
        accounts=[account_spec(), moved_account("other")],
        known=[account(), account("other")],
        certificates=[certificate()],
        denials={"www": (denial,)},
    )
    assert codes(found) == ["denied", "account-changed", "account-moved"]
    assert found.denied_certificates == ("www",)


def test_findings_are_joined_by_name() -> None:
    one, other = Finding("one", "", HERE), Finding("other", "", HERE)
    assert joined({"a": (one,)}, {}, {"b": (other,), "a": (other,)}) == {"a": (one, other), "b": (other,)}
    assert joined() == {}


@pytest.mark.parametrize("age", [DAY, 80 * DAY])
def test_what_is_refused_is_neither_renewed_nor_forgotten_nor_unchanged(age: dt.timedelta) -> None:
    found = plan(OTHER, accounts=BOTH, certificates=[certificate(age=age)])
    assert (found.now, found.actions, found.unchanged) == (NOW, (), 0)
