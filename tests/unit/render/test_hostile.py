"""What comes from files and from a CA must not act on a terminal, whichever renderer shows it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from reconciler.model import events
from reconciler.model.desired import Desired
from reconciler.model.evidence import Evidence, Grant, Requester
from reconciler.model.finding import Finding, Location
from reconciler.model.identifier import Identifier
from reconciler.model.identity import Entity
from reconciler.model.observed import FileChanges, Observed
from reconciler.model.problem import Problem
from reconciler.model.role import ChallengeType
from reconciler.plan import actions as do
from reconciler.plan import reasons as why
from reconciler.plan.diff import make_plan
from reconciler.policy import Decision, Denial, Explanation
from reconciler.render.account import AccountView, render_account, render_accounts
from reconciler.render.certificate import CertificateView, render_certificate, render_certificates
from reconciler.render.challenges import offered_challenges, render_challenges
from reconciler.render.explanation import render_explanation
from reconciler.render.explanation_rows import ExplanationRow, ExplanationView
from reconciler.render.fulfilled import render_fulfilled
from reconciler.render.order import render_order, render_orders
from reconciler.render.plan_text import render_plan
from reconciler.render.progress import PlainProgress
from reconciler.render.result_text import render_result
from reconciler.render.role import RoleView, render_role, render_roles
from reconciler.render.status import render_status
from reconciler.render.status_rows import status_rows
from tests.unit.render.samples import WAITING, instruction
from tests.unit.values import NOW, account, account_spec, certificate, role, spec

BAD = "x\x1b]0;owned\x07\r\n::error::forged\u202e\u200b\x9b2J"
PROBLEM = Problem(BAD, BAD, identifier=BAD, help_url=BAD, subproblems=(Problem(BAD, BAD, identifier=BAD),))
NAMES = (Identifier("dns", BAD),)
EVIDENCE = Evidence((Grant(NAMES[0], BAD, filled=BAD),), Requester(BAD, BAD, BAD, BAD), BAD)
ROLE = replace(
    role(BAD, BAD),
    location=Location(BAD, 1, 1),
    allowed_domains=(BAD,),
    denied_domains=(BAD,),
    allowed_profiles=(BAD,),
)
ORDER = replace(
    WAITING,
    order_id=BAD,
    certificate_name=BAD,
    role_name=BAD,
    account_name=BAD,
    identifiers=NAMES,
    order_url=BAD,
    serial_number=BAD,
    last_error=PROBLEM,
    evidence=EVIDENCE,
    authorizations=tuple(
        replace(
            each,
            identifier=NAMES[0],
            challenges=tuple(replace(challenge, token=BAD) for challenge in each.challenges),
        )
        for each in WAITING.authorizations
    ),
)
CERTIFICATE = replace(
    certificate(BAD),
    role_name=BAD,
    account_name=BAD,
    identifiers=NAMES,
    order_id=BAD,
    serial_number=BAD,
    issuer=BAD,
    evidence=EVIDENCE,
)
ACCOUNT = replace(account(BAD), directory_url=BAD, account_url=BAD, email_contacts=(BAD,))
SPEC = replace(spec(BAD, of=role(BAD, BAD)), identifiers=NAMES)
REASONS: tuple[why.Reason, ...] = (
    why.IdentifiersChanged(NAMES, NAMES),
    why.RoleChanged(BAD, BAD),
    why.AccountChanged(BAD, BAD),
    why.FilesMissing((BAD,)),
    why.FilesAltered((BAD,)),
    why.FilesSuperseded((BAD,)),
    why.ProfileChanged(BAD, BAD),
    why.OrderFailed(BAD, 1, NOW, PROBLEM),
    why.OrderExpired(BAD),
)
PLAN = do.Plan(
    NOW,
    (
        do.RegisterAccount(replace(account_spec(BAD), directory_url=BAD, email_contacts=(BAD,)), ()),
        do.CreateOrder(SPEC, REASONS, CERTIFICATE, previous=ORDER, evidence=EVIDENCE),
        do.ResumeOrder(SPEC, ORDER, (), EVIDENCE),
        do.AbandonOrder(SPEC, ORDER, ()),
        do.DeliverCertificate(SPEC, CERTIFICATE, ()),
        do.ForgetCertificate(BAD, ()),
    ),
    (do.HeldBack(SPEC, REASONS, NOW),),
)
INSTRUCTIONS = tuple(
    replace(
        instruction("x.example.com", each, BAD),
        identifier=NAMES[0],
        order_id=BAD,
        token=BAD,
        key_authorization=BAD,
    )
    for each in (ChallengeType.HTTP_01, ChallengeType.DNS_01, ChallengeType.TLS_ALPN_01)
)
RESULT = events.ApplyResult(
    registered=(events.AccountRegistered(BAD, BAD),),
    issued=(events.CertificateIssued(BAD, BAD, BAD, NOW, BAD),),
    delivered=(events.CertificateDelivered(BAD, BAD),),
    forgotten=(events.CertificateForgotten(BAD),),
    abandoned=(events.OrderAbandoned(BAD, BAD),),
    failed=(events.ActionFailed(BAD, PROBLEM, BAD),),
    awaiting_people=(events.OrderAwaitsPeople(BAD, BAD, INSTRUCTIONS),),
    waiting_for_ca=(events.OrderPostponed(BAD, BAD, NOW, PROBLEM),),
)
VIEW = CertificateView(CERTIFICATE, BAD, NOW, FileChanges((BAD,), (BAD,)))
ACCOUNT_VIEW = AccountView(BAD, None, ACCOUNT)
EXPLANATION = ExplanationView(
    BAD,
    (
        ExplanationRow(
            NAMES[0],
            Explanation(Decision(allowed=False, denial=Denial.NOT_LISTED), BAD, BAD, BAD),
            Location(BAD, 1, 1),
            (BAD,),
        ),
    ),
    Entity(BAD, BAD),
    BAD,
    BAD,
    findings=(Finding("denied", BAD, Location(BAD, 1, 1), hint=BAD),),
)


def log() -> str:
    lines: list[str] = []
    progress = PlainProgress(lines.append)
    reported: tuple[events.Event, ...] = (
        *RESULT.registered,
        *RESULT.issued,
        *RESULT.delivered,
        *RESULT.forgotten,
        *RESULT.failed,
        *RESULT.awaiting_people,
        *RESULT.waiting_for_ca,
    )
    for event in reported:
        progress.report(event)
    return "".join(lines)


def status() -> str:
    desired = Desired(certificates={BAD: SPEC})
    observed = Observed(certificates={BAD: CERTIFICATE}, orders={BAD: ORDER})
    desired = replace(desired, accounts={BAD: account_spec(BAD)})
    plan = make_plan(desired, observed, NOW, {})
    return render_status(status_rows(desired, observed, plan, ()), now=NOW, color=True)


@pytest.mark.parametrize(
    "text",
    [
        render_plan(PLAN, color=True),
        render_result(RESULT, now=NOW, instructions_folder=BAD, color=True),
        render_order(ORDER, now=NOW, color=True),
        render_orders([ORDER], now=NOW, color=True),
        render_challenges(ORDER, offered_challenges(ORDER, BAD), folder=BAD, color=True),
        render_certificate(VIEW, now=NOW, color=True),
        render_certificates([VIEW], now=NOW, color=True),
        render_account(ACCOUNT_VIEW, color=True),
        render_accounts([ACCOUNT_VIEW], color=True),
        render_role(RoleView(ROLE, (BAD,)), color=True),
        render_roles([RoleView(ROLE, (BAD,))], color=True),
        render_explanation(EXPLANATION, color=True),
        render_fulfilled([ORDER]),
        status(),
        log(),
    ],
    ids=range(15),
)
def test_nothing_hostile_comes_through(text: str) -> None:
    assert "owned" in text
    without_colours = re.sub(r"\x1b\[[0-9]+m", "", text)
    assert without_colours.replace("\n", "").isprintable()
    assert not any(line.startswith("::") for line in without_colours.splitlines())
