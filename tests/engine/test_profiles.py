"""The CA's profiles (draft-ietf-acme-profiles): asked for by name, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.errors import ProblemError
from reconciler.model.order import Stage
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.plan import actions, reasons
from tests.engine.checks import assert_settled

if TYPE_CHECKING:
    from tests.engine.rig import Rig


def want(rig: Rig, profile: str | None, *allowed: str) -> None:
    rig.role = replace(rig.role, allowed_profiles=allowed)
    rig.want("www", "www.example.com")
    rig.specs["www"] = replace(rig.specs["www"], profile=profile)


def test_a_profile_is_asked_for_and_kept_in_the_records(rig: Rig) -> None:
    rig.server.profiles = ("classic", "shortlived")
    want(rig, "shortlived", "classic", "shortlived")
    [issued] = rig.apply().issued
    assert [each.profile for each in rig.server.completed()] == ["shortlived"]
    assert rig.store.order(issued.order_id).profile == "shortlived"
    assert rig.store.certificates()["www"].profile == "shortlived"
    assert_settled(rig)


def test_without_one_the_first_that_the_role_allows_is_asked_for(rig: Rig) -> None:
    rig.server.profiles = ("classic", "shortlived")
    want(rig, None, "shortlived", "classic")
    rig.apply()
    assert [each.profile for each in rig.server.completed()] == ["shortlived"]


def test_where_nobody_names_one_the_ca_chooses(rig: Rig) -> None:
    rig.server.profiles = ("classic", "shortlived")
    rig.server.answers_profile = "classic"
    want(rig, None)
    assert rig.apply().issued
    assert [each.profile for each in rig.server.completed()] == [None]
    assert rig.store.certificates()["www"].profile is None
    assert rig.server.requests["directory"] == 1


def test_one_that_the_ca_does_not_offer_is_an_error_before_anything_is_ordered(rig: Rig) -> None:
    rig.server.profiles = ("classic", "shortlived")
    want(rig, "tlsserver")
    [failure] = rig.apply().failed
    assert failure.problem.code == "profileNotOffered"
    assert failure.problem.detail == (
        "the CA does not offer the profile tlsserver; it offers classic, shortlived"
    )
    assert rig.server.requests["new_order"] == 0
    [order] = rig.store.orders().values()
    assert order.stage is Stage.ERROR
    assert order.next_work_date == failure.retry_at
    assert not rig.plan().has_changes
    assert rig.plan().held_back
    want(rig, "classic")
    assert rig.apply().issued
    assert_settled(rig)


def test_a_ca_without_profiles_has_none_to_offer(rig: Rig) -> None:
    want(rig, "classic")
    rig.want("other", "other.example.com")
    result = rig.apply()
    assert "it offers none at all" in result.failed[0].problem.detail
    assert [each.certificate for each in result.issued] == ["other"]
    want(rig, None)
    assert rig.apply().issued


def test_what_the_ca_says_of_a_profile_is_shown_as_its_own(rig: Rig) -> None:
    rig.server.profiles = ("classic",)
    want(rig, "classic")
    problem = Problem(f"{ACME_ERROR}invalidProfile", "not for this account")
    for request in ("new_order", "finalize_order"):
        rig.server.fail = lambda name, _url, request=request: (  # type: ignore[misc]
            ProblemError(problem) if name == request else None
        )
        [failure] = rig.apply().failed
        assert failure.problem == problem
        assert failure.retry_at is not None
        rig.clock.advance(days=1)


def test_an_order_by_another_profile_than_was_asked_for_is_refused(rig: Rig) -> None:
    rig.server.profiles = ("classic", "shortlived")
    rig.server.answers_profile = "classic"
    want(rig, "shortlived")
    [failure] = rig.apply().failed
    assert failure.problem.code == "protocol"
    assert "by the profile classic, not shortlived" in failure.problem.detail
    assert not rig.server.issued


def test_another_profile_is_a_reason_to_order_and_none_is_not(rig: Rig) -> None:
    rig.server.profiles = ("classic", "shortlived")
    want(rig, None)
    rig.apply()
    for before, after in ((None, "classic"), ("classic", "shortlived")):
        want(rig, after)
        [action] = rig.plan().actions
        assert action.reasons == (reasons.ProfileChanged(before, after),)
        assert rig.apply().issued
    want(rig, None)
    assert not rig.plan().has_changes


def test_an_order_under_way_by_another_profile_is_given_up(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.server.profiles = ("classic", "shortlived")
    rig.server.reuse_pending_orders = False
    want(rig, "classic")
    assert rig.apply().awaiting_people
    want(rig, "shortlived")
    [action] = rig.plan().actions
    assert isinstance(action, actions.CreateOrder)
    rig.uses_webroot = True
    rig.apply()
    assert [each.profile for each in rig.server.completed()] == ["shortlived"]
    assert_settled(rig)
