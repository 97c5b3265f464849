from __future__ import annotations

from typing import get_args

import pytest

from reconciler.model.events import ApplyResult, Event
from reconciler.model.evidence import Evidence, Grant
from reconciler.model.order import Stage
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.model.revocation import RevocationReason
from reconciler.model.role import DomainOption
from reconciler.plan.actions import Action, HeldBack, HeldBackKey, Plan
from reconciler.plan.reasons import CertificateRevoked, EndPassed, Reason, RenewalDue
from reconciler.render.rows import Operation, operation_of
from reconciler.render.wording.events import event_line, result_summary
from reconciler.render.wording.evidence import rule_lines
from reconciler.render.wording.orders import advice_for, problem_text, stage_text
from reconciler.render.wording.plans import held_back_title, plan_summary, title
from reconciler.render.wording.reasons import reason_text
from reconciler.render.wording.unchanged import no_changes
from tests.unit.render.samples import (
    CAA,
    COMPOUND,
    EVENTS,
    FIRST_ORDER,
    ORDER_ID,
    PLAN,
    REASONS,
    REJECTED,
    RESULT,
)
from tests.unit.values import DAY, NOW, names, spec

RENEWAL = RenewalDue(NOW - DAY, NOW + DAY)


@pytest.mark.parametrize(("reason", "text"), REASONS)
def test_each_reason(reason: Reason, text: str) -> None:
    assert reason_text(reason, NOW) == text


def test_every_reason_has_a_sample() -> None:
    assert {type(reason) for reason, _ in REASONS} == set(get_args(Reason))


@pytest.mark.parametrize(("event", "text"), EVENTS)
def test_each_event(event: Event, text: str) -> None:
    assert event_line(event) == text


def test_every_event_has_a_sample() -> None:
    assert {type(event) for event, _ in EVENTS} == set(get_args(Event))


def test_every_action_has_a_sample_and_every_operation() -> None:
    assert {type(action) for action in PLAN.actions} == set(get_args(Action))
    assert {operation_of(action) for action in PLAN.actions} == set(Operation)


def test_every_action_says_what_it_does_and_to_what() -> None:
    titles = [title(each, operation_of(each)) for each in PLAN.actions]
    assert len(set(titles)) == len(titles)
    assert all(each.subject in text for each, text in zip(PLAN.actions, titles, strict=True))
    assert titles[-5:] == [
        "revoke certificate leaked (serial number 03:e7)",
        "forget certificate gone (records archived, files left, nothing revoked)",
        f"clean up after order {ORDER_ID} of certificate tidy",
        "deactivate account gone-ca (for good; its records and keys are archived)",
        "re-encrypt 12 private keys",
    ]


@pytest.mark.parametrize(
    ("held", "text"),
    [
        (PLAN.held_back[0], "certificate flaky until 2026-06-01 13:00 UTC (in 1 hour)"),
        (
            PLAN.held_back[1],
            f"certificate stopped until somebody says so: `reconciler order retry {ORDER_ID}`",
        ),
        (PLAN.held_back[2], "certificate revoked until its file asks for something else"),
        (
            HeldBack(spec(), (CertificateRevoked(NOW, RevocationReason.SUPERSEDED), RENEWAL), None),
            "certificate www until its file asks for something else",
        ),
        (
            HeldBack(spec(), (RENEWAL, EndPassed(NOW)), None),
            "certificate www until its file asks for something else",
        ),
        (PLAN.held_keys[0], "the key of account busy until its orders are done"),
    ],
)
def test_until_when_or_what_it_is_held_back(held: HeldBack | HeldBackKey, text: str) -> None:
    assert held_back_title(held, NOW) == f"held back: {text}"


def test_every_stage_has_words_of_its_own() -> None:
    assert len({stage_text(stage) for stage in Stage}) == len(Stage)


def test_a_problem_is_shown_with_what_each_identifier_failed_by() -> None:
    assert problem_text(COMPOUND) == (
        "compound: several errors; bad.example.com: rejectedIdentifier: not from us; "
        "worse.example.com: caa: CAA record forbids issuance (see https://ca.test/help)"
    )


def test_a_problem_that_repeats_its_subproblem_is_shown_once() -> None:
    repeated = Problem(REJECTED.type, REJECTED.detail, subproblems=(REJECTED, CAA))
    assert problem_text(repeated).count("not from us") == 1


def test_advice_is_given_for_each_thing_that_is_wrong() -> None:
    assert advice_for(COMPOUND) == [*advice_for(REJECTED), *advice_for(CAA)]
    assert len(advice_for(COMPOUND)) == 2
    assert advice_for(Problem(f"{ACME_ERROR}unheardOf")) == []


def test_the_summary_of_a_plan_leaves_out_what_there_is_none_of() -> None:
    assert plan_summary(PLAN) == (
        "Plan: private keys to re-encrypt, 1 account to register, 1 account to update, 1 key to rotate, "
        "2 to order, 2 to replace, 1 to renew, "
        "1 to resume, 1 to abandon, 1 to deliver, 1 to revoke, 1 to forget, 1 to clean up, "
        "1 account to deactivate; 12 unchanged, 4 held back, 1 denied."
    )
    assert plan_summary(Plan(NOW, actions=(FIRST_ORDER,))) == "Plan: 1 to order; 0 unchanged."
    held = Plan(NOW, held_back=PLAN.held_back[:1], held_keys=PLAN.held_keys)
    assert plan_summary(held) == "Plan: nothing to do; 0 unchanged, 2 held back."


@pytest.mark.parametrize(
    ("unchanged", "text"),
    [
        (0, "No changes. 0 certificates are as the tree wants them."),
        (1, "No changes. 1 certificate is as the tree wants it."),
        (12, "No changes. 12 certificates are as the tree wants them."),
    ],
)
def test_no_changes(unchanged: int, text: str) -> None:
    assert no_changes(unchanged) == text


def test_the_summary_of_a_run() -> None:
    assert result_summary(RESULT) == (
        "Apply: 12 keys written anew, 1 registered, 1 updated, 1 given another key, 1 issued, 1 revoked, "
        "1 delivered, 1 forgotten, "
        "1 abandoned, 1 deactivated, 2 failed, 1 waiting for people, 1 waiting for the CA, "
        "1 cleaned up."
    )
    assert result_summary(ApplyResult(stopped=True)) == (
        "Apply: nothing done. Stopped before the end; everything is saved, and `reconciler apply` goes on "
        "with it."
    )


def test_a_rule_that_is_a_template_shows_what_it_was_for_the_requester() -> None:
    template = "{{identity.entity.name}}.users.example.com"
    asked = names("alice.users.example.com", "www.alice.users.example.com")
    options = (DomainOption.BARE_DOMAINS, DomainOption.SUBDOMAINS)
    grants = (
        Grant(each, template, option, "alice.users.example.com")
        for each, option in zip(asked, options, strict=True)
    )
    rule = f"`{template}` = alice.users.example.com"
    assert rule_lines(Evidence(tuple(grants))) == [
        f"{asked[0]} by {rule} (bare_domains)",
        f"{asked[1]} by {rule} (subdomains)",
    ]
