"""What other runs have claimed is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from msgspec import Struct

from reconciler.model.claim import ClaimKind
from reconciler.model.order import Stage
from reconciler.plan.actions import (
    AbandonOrder,
    CleanUp,
    CreateOrder,
    DeactivateAccount,
    DeliverCertificate,
    ForgetCertificate,
    ReencryptKeys,
    RegisterAccount,
    ResumeOrder,
    RevokeCertificate,
    RotateKey,
    UpdateAccount,
)
from reconciler.plan.holding import Hold, without_held
from reconciler.plan.reasons import ClaimedElsewhere

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from reconciler.model.claim import Claim
    from reconciler.plan.actions import Action, Plan


class Subject(Struct, frozen=True):
    """What a run has to claim before it does an action; of a certificate with the account that it needs."""

    kind: ClaimKind
    name: str
    account_name: str | None = None


def subject_of(action: Action) -> Subject | None:
    """Return what an action is about, and what it needs; None where it changes no record."""
    match action:
        case RegisterAccount() | UpdateAccount() | RotateKey() | DeactivateAccount():
            return Subject(ClaimKind.ACCOUNT, action.subject)
        case CreateOrder() | ResumeOrder():
            return Subject(ClaimKind.CERTIFICATE, action.subject, action.account_name)
        case RevokeCertificate():
            return Subject(ClaimKind.CERTIFICATE, action.subject, action.certificate.account_name)
        case AbandonOrder() | ForgetCertificate() | CleanUp():
            return Subject(ClaimKind.CERTIFICATE, action.subject)
        case ReencryptKeys():
            return Subject(ClaimKind.KEYS, "state")
        case DeliverCertificate():
            return None
        case _:
            assert_never(action)


def to_be_claimed(action: Action) -> Subject | None:
    """Return what is to be claimed for an action; None where it changes nothing that others could see.

    An order that waits for people is only looked at: to claim it would make commits at each run, for weeks.
    """
    return None if isinstance(action, ResumeOrder) and _waits_for_people(action) else subject_of(action)


def _waits_for_people(action: ResumeOrder) -> bool:
    """Say whether something is left to people that they have not done; then nothing else is done either."""
    if action.order.stage is not Stage.AWAITING_CHALLENGE_FULFILLMENT:
        return False
    left = {each.identifier for each in action.order.authorizations if each.is_unanswered and each.by_hand}
    # By now the program may be able to do it; and of a record that has to stand it looks itself.
    by_people = (each for each in action.challenges if each.method is None and each.standing is None)
    return any(each.identifier in left for each in by_people)


def in_the_way(
    claims: Iterable[Claim], now: datetime, *, certificate: str | None, account: str | None
) -> Claim | None:
    """Return the claim that keeps people from changing an order of a certificate, or an account.

    Args:
        claims: of other runs.
        now: the time.
        certificate: the order's; None where an account is to be changed: then nobody may order through it.
        account: which one; that of the order, where one is to be changed.
    """
    for each in claims:
        is_meant = (
            each.kind is ClaimKind.KEYS
            or (each.kind is ClaimKind.CERTIFICATE and each.name == certificate)
            or (each.kind is ClaimKind.ACCOUNT and each.name == account)
            or (certificate is None and each.account_name is not None and each.account_name == account)
        )
        if is_meant and each.holds(now):
            return each
    return None


def without_claimed(plan: Plan, claims: Iterable[Claim]) -> Plan:
    """Return a plan without what other runs work on; what is due of that is held back.

    An account stays as it is while others order through it, and nothing is ordered through one that others
    are about to change.
    """
    others = _Others(claims, plan.now)
    return without_held(plan, others.of) if others else plan


class _Others:
    def __init__(self, claims: Iterable[Claim], now: datetime) -> None:
        self._claims = {(each.kind, each.name): each for each in claims if each.holds(now)}
        self._keys = next((each for each in self._claims.values() if each.kind is ClaimKind.KEYS), None)
        self._using = {each.account_name: each for each in self._claims.values() if each.account_name}

    def __bool__(self) -> bool:
        return bool(self._claims)

    def of(self, action: Action) -> Hold | None:
        """Return who works on what an action is about, or on its account."""
        subject = subject_of(action)
        if subject is None:
            return None
        claim, account = self._claims.get((subject.kind, subject.name)), None
        if claim is None and subject.account_name is not None:
            claim = self._claims.get((ClaimKind.ACCOUNT, subject.account_name))
            account = subject.account_name
        if claim is None and isinstance(action, RotateKey | DeactivateAccount):
            claim = self._using.get(subject.name)
        if claim is None and isinstance(action, ReencryptKeys):
            claim = next(iter(self._claims.values()))
        claim = claim or self._keys
        if claim is None:
            return None
        reason = ClaimedElsewhere(claim.run_id, claim.holder, claim.until, claim.run_url, account)
        return Hold(reason, claim.until)
