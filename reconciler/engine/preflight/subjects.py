"""What is to be looked at before a plan is carried out: identifiers that would be ordered, now or later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine.accounts import spec_of
from reconciler.model.order import Status
from reconciler.model.preflight import PreflightFinding
from reconciler.model.role import ChallengeType
from reconciler.orders.methods import planned_challenges, with_wildcards
from reconciler.plan.actions import CreateOrder, ResumeOrder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.model.account import Account, AccountSpec
    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.desired import Desired
    from reconciler.model.finding import Location
    from reconciler.model.fulfillment import Method
    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Authorization
    from reconciler.model.preflight import Check, Outcome
    from reconciler.model.preflight_facts import Fact
    from reconciler.plan.actions import Plan


class Subject(Struct, frozen=True):
    """One identifier of a certificate.

    Attributes:
        location: of the identifier in the tree.
        account: where the CA is; None where neither tree nor state has the account.
        account_url: empty as long as the account is not registered.
        challenge_type: how it is likely to be validated; None where none fits.
        method: by what; None leaves it to people.
        issuers: what the CA calls itself in the challenge, where the order has one that says so.
        is_validated: whether the CA has seen the challenge fulfilled already.
        is_due: whether it would be ordered now; otherwise some day, when the certificate is renewed.
        with_wildcard: whether the certificate asks for the wildcard over it by dns-persist-01, too.
    """

    spec: CertificateSpec
    identifier: Identifier
    location: Location | None
    account: AccountSpec | None
    account_url: str
    challenge_type: ChallengeType | None
    method: Method | None
    issuers: tuple[str, ...] = ()
    is_validated: bool = False
    is_due: bool = True
    with_wildcard: bool = False

    def finding(self, check: Check, outcome: Outcome, fact: Fact) -> PreflightFinding:
        """Return what came of a check."""
        return PreflightFinding(self.spec.name, self.identifier, check, outcome, fact, self.location)


def subjects_of(plan: Plan, desired: Desired, known: Mapping[str, Account]) -> Iterator[Subject]:
    """Yield a subject for each identifier of each order that would be made or gone on with.

    Standing records are looked at every time, so that one that is gone is noticed before the renewal.

    Args:
        plan: what would be done.
        desired: the tree.
        known: the accounts in the state.
    """
    orders = [each for each in plan.actions if isinstance(each, CreateOrder | ResumeOrder)]
    for order in orders:
        authorizations = _authorizations(order)
        for subject in _planned(order.spec, order.account_name, desired, known):
            authorization = authorizations.get(subject.identifier)
            yield _as_ordered(subject, authorization) if authorization else subject
    others = desired.certificates.keys() - {each.subject for each in orders} - {*plan.denied_certificates}
    for spec in (desired.certificates[name] for name in sorted(others)):
        if spec.revoke is None:
            for subject in _planned(spec, spec.role.acme_account_name, desired, known):
                if subject.challenge_type is ChallengeType.DNS_PERSIST_01:
                    yield replace(subject, is_due=False)


def _planned(
    spec: CertificateSpec, account_name: str, desired: Desired, known: Mapping[str, Account]
) -> Iterator[Subject]:
    account = known.get(account_name)
    where = spec_of(account, desired.accounts) if account else desired.accounts.get(account_name)
    url = (account and account.account_url) or ""
    locations = dict(zip(spec.identifiers, spec.identifier_locations, strict=False))
    challenges = planned_challenges(spec, desired.settings.challenges, desired.dns_providers)
    wider = with_wildcards(challenges)
    for planned in challenges:
        place = locations.get(planned.identifier)
        subject = Subject(spec, planned.identifier, place, where, url, planned.challenge_type, planned.method)
        yield replace(subject, with_wildcard=planned.identifier in wider)


def _authorizations(action: CreateOrder | ResumeOrder) -> dict[Identifier, Authorization]:
    if isinstance(action, CreateOrder):
        return {}
    return {each.identifier: each for each in action.order.authorizations}


def _as_ordered(subject: Subject, authorization: Authorization) -> Subject:
    issuers = (each.issuer_domain_names for each in authorization.challenges)
    subject = replace(
        subject,
        issuers=next(filter(None, issuers), ()),
        is_validated=authorization.status is Status.VALID,
    )
    if authorization.challenge_type is None:
        return subject
    return replace(subject, challenge_type=authorization.challenge_type, method=authorization.method)
