"""What comes from files and from a CA must not act on a terminal, whichever renderer shows it."""

from __future__ import annotations

import json
import re

import pytest
from msgspec.structs import replace

from reconciler.model import events
from reconciler.model.account import KeyType, Responder
from reconciler.model.desired import Desired
from reconciler.model.evidence import Evidence, Grant, Requester
from reconciler.model.finding import Finding, Location
from reconciler.model.fulfillment import Method, Way
from reconciler.model.identifier import Identifier
from reconciler.model.identity import Entity
from reconciler.model.instruction import Leftovers
from reconciler.model.observed import FileChanges, Observed
from reconciler.model.origin import CommitAuthor, Origin
from reconciler.model.permissions import WrongPermission
from reconciler.model.problem import Problem
from reconciler.model.renewal import RenewalInfo, RenewalWindow
from reconciler.model.requested_end import RequestedEnd
from reconciler.model.revocation import RevocationReason
from reconciler.model.role import ChallengeType
from reconciler.orders.methods import PlannedChallenge
from reconciler.pki import IssuedChain
from reconciler.plan import actions as do
from reconciler.plan import reasons as why
from reconciler.plan.diff import make_plan
from reconciler.policy import Decision, Denial
from reconciler.policy.explaining import Explanation
from reconciler.render.account import AccountView, account_document, render_account, render_accounts
from reconciler.render.account_changes import (
    deactivated_document,
    deactivated_text,
    rotated_document,
    rotated_text,
)
from reconciler.render.certificate import (
    CertificateView,
    certificate_document,
    render_certificate,
    render_certificates,
)
from reconciler.render.challenges import offered_challenges, render_challenges
from reconciler.render.documents import Document, dump
from reconciler.render.explanation import render_explanation
from reconciler.render.explanation_rows import ExplanationRow, ExplanationView
from reconciler.render.fetched import fetched_document
from reconciler.render.found import FoundCertificate, found_document, render_found
from reconciler.render.fulfilled import render_fulfilled
from reconciler.render.order import order_document, render_order, render_orders
from reconciler.render.order_changes import (
    cancelled_document,
    cancelled_text,
    retried_document,
    retried_text,
    revoked_document,
    revoked_text,
)
from reconciler.render.plan_json import plan_document
from reconciler.render.plan_text import render_plan
from reconciler.render.progress import PlainProgress
from reconciler.render.result_json import result_document
from reconciler.render.result_text import render_result
from reconciler.render.role import RoleView, render_role, render_roles
from reconciler.render.shown import ShownPlan
from reconciler.render.status import render_status
from reconciler.render.status_rows import status_rows
from tests.unit.render.samples import REVOCATION, WAITING, instruction
from tests.unit.values import DAY, NOW, account, account_spec, certificate, role, spec

BAD = "x\x1b]0;owned\x07\r\n::error::forged\u202e\u200b\x9b2J"
PROBLEM = Problem(BAD, BAD, identifier=BAD, help_url=BAD, subproblems=(Problem(BAD, BAD, identifier=BAD),))
NAMES = (Identifier("dns", BAD),)
ORIGIN = Origin(BAD, True, BAD, CommitAuthor(BAD, BAD, BAD))
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
    profile=BAD,
    replaces=BAD,
    revocation=REVOCATION,
    last_error=PROBLEM,
    evidence=EVIDENCE,
    origin=ORIGIN,
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
    origin=ORIGIN,
    profile=BAD,
    requested_end=BAD,
    certificate_id=BAD,
    renewal_info=RenewalInfo(NOW, RenewalWindow(NOW, NOW + DAY, BAD), NOW),
    revocation=REVOCATION,
)
ISSUED = IssuedChain(BAD, BAD, NOW, NOW + DAY, BAD, BAD, BAD, BAD, (BAD,))
FOUND = tuple(
    FoundCertificate(each, ISSUED, current)
    for each in (ORDER, replace(ORDER, revocation=None))
    for current in (BAD, "another" + BAD, None)
)
ACCOUNT = replace(account(BAD), directory_url=BAD, account_url=BAD, email_contacts=(BAD,), last_error=PROBLEM)
ACCOUNT_SPEC = replace(account_spec(BAD), directory_url=BAD, email_contacts=(BAD,))
SPEC = replace(spec(BAD, of=role(BAD, BAD)), identifiers=NAMES, profile=BAD, preferred_chain=BAD)
REVOKED_EVENT = events.CertificateRevoked(BAD, BAD, BAD, RevocationReason.SUPERSEDED)
REASONS: tuple[why.Reason, ...] = (
    why.IdentifiersChanged(NAMES, NAMES),
    why.RoleChanged(BAD, BAD),
    why.AccountChanged(BAD, BAD),
    why.FilesMissing((BAD,)),
    why.FilesAltered((BAD,)),
    why.FilesSuperseded((BAD,)),
    why.PermissionsDiffer((WrongPermission(BAD, "mode", BAD, BAD),)),
    why.ProfileChanged(BAD, BAD),
    why.OrderFailed(BAD, 1, NOW, PROBLEM),
    why.OrderHeld(BAD, PROBLEM),
    why.OrderExpired(BAD),
    why.EndChanged(BAD, BAD),
    why.RenewalDue(NOW, NOW + DAY, suggested=True, explanation_url=BAD),
    why.ContactsChanged((BAD,), (BAD,)),
    why.AdditionalHostsChanged((BAD,), (BAD,)),
    why.OrdersUnderWay((BAD,)),
    why.LeftBehind(BAD, NAMES),
    why.AnotherOrder(BAD),
    why.ClaimedElsewhere(BAD, BAD, NOW + DAY, BAD, BAD),
)
CHALLENGES = (
    *(PlannedChallenge(NAMES[0], ChallengeType.DNS_01, Method(way, BAD)) for way in Way),
    PlannedChallenge(NAMES[0], ChallengeType.HTTP_01, None),
)
PLAN = do.Plan(
    NOW,
    (
        do.ReencryptKeys((BAD,), (BAD,), (f"ssh-rsa {BAD}",), 2, (why.KeysInClear(1),)),
        do.RegisterAccount(ACCOUNT_SPEC, ()),
        do.UpdateAccount(ACCOUNT_SPEC, REASONS),
        do.RotateKey(ACCOUNT_SPEC, ()),
        do.CreateOrder(SPEC, REASONS, CERTIFICATE, previous=ORDER, evidence=EVIDENCE, challenges=CHALLENGES),
        do.ResumeOrder(SPEC, ORDER, (), EVIDENCE),
        do.AbandonOrder(SPEC, ORDER, ()),
        do.DeliverCertificate(SPEC, CERTIFICATE, ()),
        do.RevokeCertificate(SPEC, CERTIFICATE, RevocationReason.SUPERSEDED, ()),
        do.ForgetCertificate(BAD, ()),
        do.DeactivateAccount(ACCOUNT, ()),
        do.CleanUp(Leftovers(BAD, BAD, ()), ()),
    ),
    (do.HeldBack(SPEC, REASONS, NOW), do.HeldBack(SPEC, (), None)),
    held_keys=(do.HeldBackKey(ACCOUNT_SPEC, REASONS),),
)
INSTRUCTIONS = tuple(
    replace(
        instruction("x.example.com", each, BAD),
        identifier=NAMES[0],
        order_id=BAD,
        token=BAD,
        key_authorization=BAD,
        account_url=BAD,
        issuer_domain_names=(BAD,),
        method=Method(Way.EXEC, BAD),
    )
    for each in ChallengeType
)
RESULT = events.ApplyResult(
    registered=(events.AccountRegistered(BAD, BAD),),
    updated=(events.AccountUpdated(BAD),),
    reencrypted=(events.KeysReencrypted((BAD,), 1),),
    rotated=(events.KeyRotated(BAD, 0, 1, KeyType.EC_256, NOW),),
    deactivated=(events.AccountDeactivated(BAD),),
    revoked=(REVOKED_EVENT,),
    cleaned_up=(events.CleanedUp(BAD, BAD),),
    left_behind=(events.CleanUpFailed(BAD, BAD, PROBLEM, INSTRUCTIONS),),
    other_chains=(events.ChainNotOffered(BAD, BAD, BAD, (BAD,)),),
    issued=(events.CertificateIssued(BAD, BAD, BAD, NOW, BAD),),
    delivered=(events.CertificateDelivered(BAD, BAD),),
    forgotten=(events.CertificateForgotten(BAD),),
    abandoned=(events.OrderAbandoned(BAD, BAD),),
    failed=(events.ActionFailed(BAD, PROBLEM, BAD),),
    awaiting_people=(events.OrderAwaitsPeople(BAD, BAD, INSTRUCTIONS),),
    waiting_for_ca=(events.OrderPostponed(BAD, BAD, NOW, PROBLEM),),
)
HELD = replace(
    SPEC, name=f"held{BAD}", not_after=RequestedEnd(moment=NOW - DAY), revoke=RevocationReason.SUPERSEDED
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
        *RESULT.updated,
        *RESULT.rotated,
        *RESULT.deactivated,
        *RESULT.issued,
        *RESULT.revoked,
        *RESULT.left_behind,
        *RESULT.other_chains,
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
    desired = Desired(
        accounts={BAD: account_spec(BAD)}, roles={BAD: ROLE}, certificates={BAD: SPEC, f"held{BAD}": HELD}
    )
    certificates = {BAD: CERTIFICATE, f"held{BAD}": replace(CERTIFICATE, name=f"held{BAD}")}
    observed = Observed(certificates=certificates, orders={BAD: ORDER})
    plan = make_plan(desired, observed, NOW, {})
    return render_status(status_rows(desired, observed, plan, ()), now=NOW, color=True)


@pytest.mark.parametrize(
    "text",
    [
        render_plan(ShownPlan(PLAN), color=True),
        render_result(RESULT, now=NOW, instructions_folder=BAD, color=True),
        render_order(ORDER, now=NOW, color=True),
        render_orders([ORDER], now=NOW, color=True),
        render_challenges(ORDER, offered_challenges(ORDER, Responder(BAD)), folder=BAD, color=True),
        render_certificate(VIEW, now=NOW, color=True),
        render_certificates([VIEW], now=NOW, color=True),
        render_account(ACCOUNT_VIEW, color=True),
        render_accounts([ACCOUNT_VIEW], color=True),
        render_role(RoleView(ROLE, (BAD,)), color=True),
        render_roles([RoleView(ROLE, (BAD,))], color=True),
        render_explanation(EXPLANATION, color=True),
        render_fulfilled([ORDER]),
        *(render_found(each, now=NOW, color=True) for each in FOUND),
        retried_text(ORDER),
        cancelled_text(ORDER),
        revoked_text(REVOKED_EVENT),
        rotated_text(ACCOUNT, ACCOUNT, [ORDER]),
        deactivated_text(ACCOUNT, in_tree=True),
        status(),
        log(),
    ],
    ids=range(26),
)
def test_nothing_hostile_comes_through(text: str) -> None:
    assert "owned" in text
    without_colours = re.sub(r"\x1b\[[0-9]+m", "", text)
    assert without_colours.replace("\n", "").isprintable()
    assert not any(line.startswith("::") for line in without_colours.splitlines())


@pytest.mark.parametrize(
    "whole",
    [
        plan_document(ShownPlan(PLAN)),
        result_document(PLAN, RESULT),
        certificate_document(VIEW),
        order_document(ORDER, BAD),
        account_document(ACCOUNT_VIEW),
        fetched_document(CERTIFICATE, ISSUED, BAD),
        fetched_document(ORDER, ISSUED, BAD),
        found_document(FOUND),
        retried_document(ORDER),
        cancelled_document(ORDER),
        revoked_document(REVOKED_EVENT),
        rotated_document(ACCOUNT, ACCOUNT),
        deactivated_document(ACCOUNT),
    ],
    ids=range(13),
)
def test_nothing_hostile_comes_through_a_document_and_nothing_is_lost(whole: Document) -> None:
    text = dump(whole)
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert BAD in _texts(json.loads(text))


def _texts(each: object) -> set[str]:
    if isinstance(each, dict):
        return set().union(*map(_texts, each.values()), *map(_texts, each))
    if isinstance(each, list):
        return set().union(*map(_texts, each))
    return {each} if isinstance(each, str) else set()
