"""One certificate: ordered, gone on with, held back, revoked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.model.desired import Desired
from reconciler.model.finding import Finding
from reconciler.model.observed import FileChanges, Observed
from reconciler.model.order import CANCELLED, COMPLETED_ELSEWHERE, Stage
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.model.renewal import RenewalInfo, RenewalRule, RenewalWindow
from reconciler.model.requested_end import RequestedEnd
from reconciler.model.revocation import UNKNOWN_REQUEST, Revocation, RevocationReason
from reconciler.plan import reasons as why
from reconciler.plan.actions import (
    AbandonOrder,
    CreateOrder,
    HeldBack,
    Plan,
    ResumeOrder,
    RevokeCertificate,
)
from reconciler.plan.diff import make_plan
from reconciler.plan.ordering import asks_for
from tests.unit.plan.desired import plan
from tests.unit.values import DAY, HERE, NOW, certificate, order, spec

if TYPE_CHECKING:
    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.model.order import Order

LEAKED = RevocationReason.KEY_COMPROMISE
TO_REVOKE = replace(spec(), revoke=LEAKED)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


def revoked(request: str | None = None, *, anew: bool = False, age: dt.timedelta = DAY) -> Certificate:
    """Return a certificate that was revoked an hour ago, when the tree asked for `request`."""
    revocation = Revocation(NOW - HOUR, LEAKED, request)
    return replace(certificate(age=age), revocation=revocation, order_anew=anew)


WAS_REVOKED = why.CertificateRevoked(NOW - HOUR, LEAKED)


def failed(problem: str, **changes: object) -> Order:
    last_error = Problem(problem, "no")
    return replace(order(stage=Stage.ERROR), last_error=last_error, **changes)


# Revocation


def test_a_certificate_is_revoked_where_the_tree_asks_for_it() -> None:
    found = plan(TO_REVOKE, certificates=[certificate()])
    wanted = (why.RevocationRequested(LEAKED),)
    assert found.actions == (RevokeCertificate(TO_REVOKE, certificate(), LEAKED, wanted),)
    assert found.unchanged == 0


@pytest.mark.parametrize("present", [[], [revoked(TO_REVOKE.digest)], [revoked()]])
def test_what_is_revoked_or_was_never_there_needs_nothing_more(present: list[Certificate]) -> None:
    found = plan(TO_REVOKE, certificates=present)
    assert (found.actions, found.held_back, found.unchanged) == ((), (), 1)


def test_what_is_to_be_revoked_is_not_renewed_and_its_order_is_given_up() -> None:
    old, under_way = certificate(age=80 * DAY), order()
    found = plan(TO_REVOKE, certificates=[old], orders=[under_way])
    wanted = (why.RevocationRequested(LEAKED),)
    assert found.actions == (
        RevokeCertificate(TO_REVOKE, old, LEAKED, wanted),
        AbandonOrder(TO_REVOKE, under_way, wanted),
    )


def test_an_order_of_a_certificate_that_is_to_be_revoked_is_given_up_though_there_is_none_yet() -> None:
    assert [type(each) for each in plan(TO_REVOKE, orders=[order()]).actions] == [AbandonOrder]
    assert plan(TO_REVOKE, orders=[order(stage=Stage.ERROR)]).actions == ()


def test_what_the_policy_denies_can_be_revoked_still() -> None:
    denial = Finding("denied", "no", HERE)
    found = plan(TO_REVOKE, certificates=[certificate()], denials={"www": (denial,)}, orders=[order()])
    assert [type(each) for each in found.actions] == [RevokeCertificate]
    assert found.denied == (denial,)


def test_the_files_of_what_is_revoked_are_left_as_they_are() -> None:
    changes = {"www": FileChanges(missing=("cert.pem",))}
    observed = Observed(certificates={"www": revoked(TO_REVOKE.digest)}, file_changes=changes)
    assert make_plan(Desired(certificates={"www": TO_REVOKE}), observed, NOW).actions == ()


def test_no_other_is_ordered_as_long_as_the_tree_asks_for_the_same() -> None:
    found = plan(spec(), certificates=[revoked(spec().digest)])
    assert found.actions == ()
    assert found.held_back == (HeldBack(spec(), (WAS_REVOKED,), None),)
    assert found.unchanged == 0


def test_being_due_for_renewal_does_not_end_that() -> None:
    found = plan(spec(), certificates=[revoked(spec().digest, age=80 * DAY)])
    [held] = found.held_back
    assert [type(each) for each in held.reasons] == [why.CertificateRevoked, why.RenewalDue]
    assert (found.actions, held.until) == ((), None)


@pytest.mark.parametrize(
    "present",
    [revoked(TO_REVOKE.digest), revoked("another"), revoked(None), revoked(spec().digest, anew=True)],
    ids=["revoke taken out", "something else", "not asked for then", "somebody has said so"],
)
def test_another_is_ordered_once_the_tree_asks_for_something_else_or_somebody_says_so(
    present: Certificate,
) -> None:
    [order] = plan(spec(), certificates=[present]).actions
    assert replace(order, challenges=()) == CreateOrder(spec(), (WAS_REVOKED,), present)


@pytest.mark.parametrize("request_", [spec().digest, UNKNOWN_REQUEST])
def test_an_order_that_is_under_way_for_the_place_of_the_revoked_one_is_given_up(request_: str) -> None:
    found = plan(spec(), certificates=[revoked(request_)], orders=[order()])
    assert found.actions == (AbandonOrder(spec(), order(), (WAS_REVOKED,)),)
    assert found.held_back == ()


def test_and_goes_on_where_somebody_has_said_that_another_is_wanted() -> None:
    found = plan(spec(), certificates=[revoked(spec().digest, anew=True)], orders=[order()])
    assert [type(each) for each in found.actions] == [ResumeOrder]


@pytest.mark.parametrize("wanted", [spec(), spec("www", "api.example.com"), TO_REVOKE])
def test_revoked_while_the_tree_could_not_be_read_nothing_is_ordered_whatever_it_asks_for(
    wanted: CertificateSpec,
) -> None:
    found = plan(wanted, certificates=[revoked(UNKNOWN_REQUEST)])
    assert found.actions == ()
    again = plan(wanted, certificates=[revoked(UNKNOWN_REQUEST, anew=True)])
    assert [type(each) for each in again.actions] == ([] if wanted.revoke else [CreateOrder])


@pytest.mark.parametrize("retry_wanted", [False, True])
def test_an_order_that_was_revoked_before_it_came_into_force_is_followed_by_none_before_somebody_says_so(
    retry_wanted: bool,
) -> None:
    last = replace(
        order(stage=Stage.REVOKED),
        revocation=Revocation(NOW - HOUR, LEAKED, spec().digest),
        retry_wanted=retry_wanted,
    )
    found = plan(spec(), orders=[last])
    assert [type(each) for each in found.actions] == ([CreateOrder] if retry_wanted else [])
    assert len(found.held_back) == (not retry_wanted)


@pytest.mark.parametrize("stage", [Stage.FETCHING_CERTIFICATE, Stage.COMPLETED])
def test_what_the_ca_has_issued_is_fetched_to_be_revoked_then(stage: Stage) -> None:
    [action] = plan(TO_REVOKE, orders=[order(stage=stage)]).actions
    assert isinstance(action, ResumeOrder)


def test_what_has_expired_need_not_be_revoked() -> None:
    at_its_end = certificate(age=90 * DAY)
    assert plan(TO_REVOKE, certificates=[at_its_end]).actions == ()
    left = replace(at_its_end, not_after=NOW + MINUTE)
    assert [type(each) for each in plan(TO_REVOKE, certificates=[left]).actions] == [RevokeCertificate]


def test_an_order_that_has_failed_is_not_tried_again_for_what_stays_revoked() -> None:
    last = failed(f"{ACME_ERROR}caa", next_work_date=NOW - DAY)
    found = plan(spec(), certificates=[revoked(spec().digest)], orders=[last])
    assert (found.actions, len(found.held_back)) == ((), 1)
    again = plan(spec(), certificates=[revoked(spec().digest, anew=True)], orders=[last])
    assert [type(each) for each in again.actions] == [CreateOrder]


# Orders that people have stopped, and that they want again


@pytest.mark.parametrize("problem", [CANCELLED, COMPLETED_ELSEWHERE])
def test_an_order_that_people_have_to_see_to_holds_the_next_one_back(problem: str) -> None:
    last = failed(problem)
    found = plan(spec(), orders=[last])
    assert found.actions == ()
    assert last.last_error
    assert found.held_back == (
        HeldBack(spec(), (why.NewCertificate(), why.OrderHeld(last.order_id, last.last_error)), None),
    )


@pytest.mark.parametrize("problem", [CANCELLED, COMPLETED_ELSEWHERE])
def test_it_holds_nothing_back_that_is_not_due(problem: str) -> None:
    found = plan(spec(), certificates=[certificate()], orders=[failed(problem)])
    assert (found.actions, found.held_back, found.unchanged) == ((), (), 1)


def test_it_holds_back_nothing_else_that_the_tree_asks_for() -> None:
    last = failed(CANCELLED)
    wanted = spec("www", "api.example.com")
    [found] = plan(wanted, orders=[last]).actions
    assert replace(found, challenges=()) == CreateOrder(wanted, (why.NewCertificate(),), previous=last)


@pytest.mark.parametrize("problem", [CANCELLED, COMPLETED_ELSEWHERE, f"{ACME_ERROR}caa"])
def test_another_is_made_at_once_where_somebody_has_said_so(problem: str) -> None:
    last = failed(problem, retry_wanted=True, next_work_date=NOW + DAY)
    [action] = plan(spec(), orders=[last]).actions
    assert isinstance(action, CreateOrder)
    assert action.previous == last
    ended = why.OrderFailed if problem.startswith(ACME_ERROR) else why.OrderHeld
    assert [type(each) for each in action.reasons] == [why.NewCertificate, ended]


def test_a_failure_holds_back_until_its_time_but_not_if_its_clock_was_wrong() -> None:
    last = failed(f"{ACME_ERROR}caa", next_work_date=NOW + DAY)
    [held] = plan(spec(), orders=[last]).held_back
    assert held.until == NOW + DAY
    from_the_future = replace(last, last_update=NOW + HOUR)
    assert [type(each) for each in plan(spec(), orders=[from_the_future]).actions] == [CreateOrder]
    no_time = replace(last, next_work_date=None)
    assert [type(each) for each in plan(spec(), orders=[no_time]).actions] == [CreateOrder]


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (order(stage=Stage.EXPIRED), why.OrderExpired),
        (replace(order(), expires=NOW), why.OrderExpired),
        (replace(order(), expires=NOW + MINUTE), why.OrderOpen),
        (replace(order(stage=Stage.FETCHING_CERTIFICATE), expires=NOW), why.OrderOpen),
    ],
)
def test_an_order_that_is_over_is_made_anew_unless_its_certificate_can_be_fetched(
    last: Order, expected: type[why.Reason]
) -> None:
    [action] = plan(spec(), orders=[last]).actions
    assert isinstance(action, ResumeOrder if expected is why.OrderOpen else CreateOrder)
    assert type(action.reasons[-1]) is expected


# When it is to end


def until(moment: dt.datetime) -> RequestedEnd:
    return RequestedEnd(moment=moment)


@pytest.mark.parametrize("asked", [NOW + 10 * DAY, NOW + 10 * DAY + MINUTE, NOW + 9 * DAY])
def test_what_lasts_as_long_as_it_was_wanted_is_not_renewed(asked: dt.datetime) -> None:
    wanted = replace(spec(), not_after=until(asked))
    old = replace(certificate(age=80 * DAY), requested_end=str(wanted.not_after))
    assert old.not_after == NOW + 10 * DAY
    assert plan(wanted, certificates=[old]) == Plan(NOW, unchanged=1)


def test_what_ends_before_that_is_renewed() -> None:
    wanted = replace(spec(), not_after=until(NOW + 10 * DAY + 2 * MINUTE))
    old = replace(certificate(age=80 * DAY), requested_end=str(wanted.not_after))
    [action] = plan(wanted, certificates=[old]).actions
    assert action.reasons == (why.RenewalDue(NOW - 20 * DAY, NOW + 10 * DAY),)


def test_nothing_is_ordered_whose_end_is_past() -> None:
    wanted = replace(spec(), not_after=until(NOW))
    found = plan(wanted)
    assert found.actions == ()
    assert found.held_back == (HeldBack(wanted, (why.NewCertificate(), why.EndPassed(NOW)), None),)
    assert [type(each) for each in plan(replace(wanted, not_after=until(NOW + MINUTE))).actions] == [
        CreateOrder
    ]


def test_an_end_that_is_past_is_no_trouble_where_nothing_is_due() -> None:
    wanted = replace(spec(), not_after=until(NOW - DAY))
    present = replace(certificate(age=100 * DAY), requested_end=str(wanted.not_after), not_after=NOW - DAY)
    found = plan(wanted, certificates=[present])
    assert (found.actions, found.held_back, found.unchanged) == ((), (), 1)


@pytest.mark.parametrize(
    ("asked", "present", "expected"),
    [
        (None, None, ()),
        (None, "30d", ()),
        (RequestedEnd(after=30 * DAY), "30d", ()),
        (RequestedEnd(after=720 * HOUR), "30d", ()),
        (RequestedEnd(after=30 * DAY), None, (why.EndChanged(None, "30d"),)),
        (RequestedEnd(after=36 * HOUR), "30d", (why.EndChanged("30d", "36h"),)),
        (until(NOW + 95 * DAY), "90d", (why.EndChanged("90d", "2026-09-04T12:00:00Z"),)),
    ],
)
def test_another_end(
    asked: RequestedEnd | None, present: str | None, expected: tuple[why.Reason, ...]
) -> None:
    found = plan(
        replace(spec(), not_after=asked), certificates=[replace(certificate(), requested_end=present)]
    )
    assert tuple(reason for action in found.actions for reason in action.reasons) == expected


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("after", [False, True])
def test_must_staple(before: bool, after: bool) -> None:
    found = plan(
        replace(spec(), must_staple=after), certificates=[replace(certificate(), must_staple=before)]
    )
    expected = () if before == after else (why.MustStapleChanged(after),)
    assert tuple(reason for action in found.actions for reason in action.reasons) == expected


@pytest.mark.parametrize(
    ("wanted", "same"),
    [
        (spec(), True),
        (replace(spec(), must_staple=True), False),
        (replace(spec(), not_after=RequestedEnd(after=30 * DAY)), False),
        (replace(spec(), profile="shortlived"), False),
        (replace(spec(), reuse_key=True), True),
        (replace(spec(), preferred_chain="Root X1"), True),
        (spec("www", "api.example.com"), False),
    ],
)
def test_whether_an_order_is_for_what_is_asked_for_now(wanted: CertificateSpec, same: bool) -> None:
    assert asks_for(order(), wanted) is same
    asked = plan(wanted, orders=[order()])
    assert [type(each) for each in asked.actions] == [ResumeOrder if same else CreateOrder]


def test_an_order_with_the_same_end_goes_on_and_one_with_another_is_superseded() -> None:
    wanted = replace(spec(), must_staple=True, not_after=RequestedEnd(after=30 * DAY))
    same = replace(order(), must_staple=True, requested_end="30d", not_after=NOW + 30 * DAY)
    assert [type(each) for each in plan(wanted, orders=[same]).actions] == [ResumeOrder]
    [action] = plan(wanted, orders=[replace(same, requested_end="31d")]).actions
    assert isinstance(action, CreateOrder)


# When the CA wants it renewed


def suggested(selected: dt.datetime | None, url: str | None = None) -> Certificate:
    """Return a certificate, renewed by its dates in 59 days, for which the CA has named a time."""
    window = None if selected is None else RenewalWindow(selected - HOUR, selected + HOUR, url)
    return replace(certificate(), renewal_info=RenewalInfo(NOW + HOUR, window, selected))


@pytest.mark.parametrize(
    ("present", "rule", "expected"),
    [
        (suggested(NOW), None, (why.RenewalDue(NOW, NOW + 89 * DAY, suggested=True),)),
        (
            suggested(NOW - DAY, "https://ca.test/why"),
            None,
            (
                why.RenewalDue(
                    NOW - DAY, NOW + 89 * DAY, suggested=True, explanation_url="https://ca.test/why"
                ),
            ),
        ),
        (suggested(NOW + MINUTE), None, ()),
        # The CA goes before the rule, either way.
        (suggested(NOW + MINUTE), RenewalRule(duration=89 * DAY), ()),
        (
            suggested(NOW - DAY),
            RenewalRule(duration=DAY),
            (why.RenewalDue(NOW - DAY, NOW + 89 * DAY, suggested=True),),
        ),
        # A time after its end is none; and so the rule holds.
        (suggested(NOW + 89 * DAY), RenewalRule(duration=89 * DAY), (why.RenewalDue(NOW, NOW + 89 * DAY),)),
        (suggested(None), RenewalRule(duration=89 * DAY), (why.RenewalDue(NOW, NOW + 89 * DAY),)),
        (suggested(None), None, ()),
    ],
)
def test_renewal_by_the_word_of_the_ca_and_otherwise_by_the_rule(
    present: Certificate, rule: RenewalRule | None, expected: tuple[why.Reason, ...]
) -> None:
    found = plan(replace(spec(), renew=rule), certificates=[present])
    assert tuple(reason for action in found.actions for reason in action.reasons) == expected
