"""A CA that cannot be reached, refuses, or answers nonsense; and trouble of our own."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from reconciler.engine.options import ApplyOptions
from reconciler.errors import CAUnavailableError, ProblemError, ProtocolError
from reconciler.model.account import SecretReference
from reconciler.model.order import Stage
from reconciler.model.problem import ACME_ERROR, Problem
from tests.engine.checks import assert_settled

if TYPE_CHECKING:
    from tests.engine.rig import Rig

REQUESTS = [
    "directory",
    "new_account",
    "new_order",
    "read_authorization",
    "answer_challenge",
    "read_order",
    "finalize_order",
    "download_certificate",
]


@pytest.mark.parametrize("request_name", REQUESTS)
def test_a_request_that_cannot_be_served_is_tried_again(rig: Rig, request_name: str) -> None:
    rig.want("www", "www.example.com")
    failures = iter([CAUnavailableError("connection reset")] * 2)
    rig.server.fail = lambda name, _url: next(failures, None) if name == request_name else None
    assert rig.apply().issued
    assert_settled(rig)
    assert len(rig.server.issued) == 1


@pytest.mark.parametrize("request_name", REQUESTS)
def test_a_ca_that_stays_away_ends_the_run_and_the_next_one_goes_on(rig: Rig, request_name: str) -> None:
    rig.want("www", "www.example.com")
    rig.server.fail = lambda name, _url: (
        CAUnavailableError("no route to host") if name == request_name else None
    )
    began = rig.clock.now()
    failures = rig.apply().failed
    assert any(each.subject == "www" and "no route to host" in each.problem.detail for each in failures)
    assert rig.clock.now() - began < dt.timedelta(minutes=1)
    rig.server.fail = lambda _name, _url: None
    assert rig.apply().issued
    assert len(rig.server.orders) == 1
    assert_settled(rig)


@pytest.mark.parametrize("request_name", ["new_order", "finalize_order"])
def test_an_answer_that_is_lost_after_the_ca_acted_doubles_nothing(rig: Rig, request_name: str) -> None:
    rig.want("www", "www.example.com")
    lose = iter([True])

    def after(name: str) -> None:
        if name == request_name and next(lose, False):
            raise CAUnavailableError("the connection was closed")

    rig.server.after_request = after
    assert rig.apply().issued
    assert len(rig.server.issued) == 1
    assert len(rig.server.completed()) == 1
    assert_settled(rig)


def test_rate_limits_are_kept_across_runs(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    retry_after = rig.clock.now() + dt.timedelta(hours=1)
    problem = Problem(f"{ACME_ERROR}rateLimited", "too many certificates", help_url="https://ca.test/limits")
    limited = CAUnavailableError(str(problem), retry_after, problem)
    rig.server.fail = lambda name, _url: limited if name == "new_order" else None
    [waiting] = rig.apply().waiting_for_ca
    assert waiting.until == retry_after
    assert waiting.problem == problem
    rig.server.requests.clear()
    assert rig.apply().waiting_for_ca[0].until == retry_after
    assert not rig.server.requests
    rig.server.fail = lambda _name, _url: None
    rig.clock.advance(hours=1)
    assert rig.apply().issued


def test_a_refusal_is_kept_with_the_problem_of_each_identifier(rig: Rig) -> None:
    rig.want("www", "www.example.com", "no.example.com")
    sub = Problem(f"{ACME_ERROR}rejectedIdentifier", "not that one", identifier="no.example.com")
    refusal = Problem(f"{ACME_ERROR}malformed", "bad order", subproblems=(sub,))
    rig.server.fail = lambda name, _url: ProblemError(refusal) if name == "new_order" else None
    [failure] = rig.apply().failed
    assert failure.problem == refusal
    [order] = rig.store.orders().values()
    assert order.stage is Stage.ERROR
    assert order.last_error == refusal
    assert order.next_work_date == failure.retry_at


def test_an_order_for_other_names_than_asked_for_is_refused(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.server.fail = lambda name, _url: ProtocolError("other identifiers") if name == "new_order" else None
    [failure] = rig.apply().failed
    assert failure.problem.code == "protocol"


def test_a_chain_for_another_key_is_not_delivered(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    before = rig.delivered("www")
    rig.clock.advance(days=61)
    stale = rig.server.completed()[0].certificate

    def swap(name: str) -> None:
        if name == "read_order":
            for order in rig.server.completed():
                order.certificate = stale

    rig.server.after_request = swap
    [failure] = rig.apply().failed
    assert failure.problem.code == "invalidCertificate"
    assert rig.delivered("www") == before


def test_a_webroot_that_is_not_there_keeps_the_order_for_when_it_is(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.webroot.rmdir()
    [failure] = rig.apply().failed
    assert "webroot" in failure.problem.detail
    rig.webroot.mkdir()
    [issued] = rig.apply().issued
    assert issued.order_id == failure.order_id
    assert_settled(rig)


def test_an_output_that_cannot_be_written_loses_no_certificate(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.output.write_text("in the way")
    [failure] = rig.apply().failed
    assert failure.problem.code == "delivery"
    rig.output.unlink()
    assert rig.apply().delivered
    assert len(rig.server.issued) == 1
    assert_settled(rig)


def test_terms_must_be_agreed_to(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.account = type(rig.account)("ca", rig.account.directory_url, rig.account.location)
    failures = {each.subject: each for each in rig.apply().failed}
    assert "terms_of_service_agreed: true" in failures["ca"].problem.detail
    assert failures["ca"].kind == "account"
    assert "the account ca cannot be used" in failures["www"].problem.detail
    assert not rig.server.accounts


def test_a_binding_that_the_ca_wants_is_asked_for(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.want("www", "www.example.com")
    rig.server.external_account_required = True
    assert "eab_kid" in rig.apply().failed[0].problem.detail
    spec = rig.account
    rig.account = type(spec)(
        spec.name,
        spec.directory_url,
        spec.location,
        terms_of_service_agreed=True,
        eab_kid="kid-1",
        eab_key=SecretReference(env="EAB_KEY_OF_TEST"),
    )
    assert "EAB_KEY_OF_TEST is not set" in rig.apply().failed[0].problem.detail
    monkeypatch.setenv("EAB_KEY_OF_TEST", "not base64url!")
    failure = rig.apply().failed[0]
    assert "not base64url" in failure.problem.detail
    assert "not base64url!" not in failure.problem.detail
    monkeypatch.setenv("EAB_KEY_OF_TEST", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W")
    assert rig.apply().issued


def test_a_bug_in_one_order_holds_up_no_other(rig: Rig) -> None:
    rig.want("a", "a.example.com")
    rig.want("b", "b.example.com")
    first = iter([ZeroDivisionError("oops")])
    rig.server.fail = lambda name, _url: next(first, None) if name == "read_authorization" else None
    result = rig.apply(ApplyOptions(parallelism=1))
    assert len(result.issued) == 1
    assert result.failed[0].problem.code == "internal"
    assert rig.apply().issued
    assert_settled(rig)
