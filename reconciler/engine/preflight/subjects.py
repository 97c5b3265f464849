"""What is to be looked at before a plan is carried out: each identifier that would be ordered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.engine.accounts import spec_of
from reconciler.model.order import Status
from reconciler.model.preflight import PreflightFinding
from reconciler.orders.methods import PlannedChallenge, planned_challenges
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
    from reconciler.model.role import ChallengeType
    from reconciler.plan.actions import Plan


@dataclass(frozen=True, slots=True)
class Subject:
    """One identifier of a certificate that is to be ordered.

    Attributes:
        location: of the identifier in the tree.
        account: where the CA is; None where neither tree nor state has the account.
        account_url: empty as long as the account is not registered.
        challenge_type: how it is likely to be validated; None where none fits.
        method: by what; None leaves it to people.
        issuers: what the CA calls itself in the challenge, where the order has one that says so.
        is_validated: whether the CA has seen the challenge fulfilled already.
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

    def finding(self, check: Check, outcome: Outcome, fact: Fact) -> PreflightFinding:
        """Return what came of a check."""
        return PreflightFinding(self.spec.name, self.identifier, check, outcome, fact, self.location)


def subjects_of(plan: Plan, desired: Desired, known: Mapping[str, Account]) -> Iterator[Subject]:
    """Yield a subject for each identifier of each order that would be made or gone on with.

    Args:
        plan: what would be done.
        desired: the tree.
        known: the accounts in the state.
    """
    for action in plan.actions:
        if not isinstance(action, CreateOrder | ResumeOrder):
            continue
        account = known.get(action.account_name)
        where = desired.accounts.get(action.account_name)
        if account is not None:
            where = spec_of(account, desired.accounts)
        url = (account and account.account_url) or ""
        spec = action.spec
        locations = dict(zip(spec.identifiers, spec.identifier_locations, strict=False))
        authorizations = _authorizations(action)
        for planned in planned_challenges(spec, desired.settings.challenges, desired.dns_providers):
            authorization = authorizations.get(planned.identifier)
            if authorization is not None and authorization.challenge_type is not None:
                planned = _chosen(authorization)
            yield Subject(
                spec,
                planned.identifier,
                locations.get(planned.identifier),
                where,
                url,
                planned.challenge_type,
                planned.method,
                _issuers(authorization),
                authorization is not None and authorization.status is Status.VALID,
            )


def _authorizations(action: CreateOrder | ResumeOrder) -> dict[Identifier, Authorization]:
    if isinstance(action, CreateOrder):
        return {}
    return {each.identifier: each for each in action.order.authorizations}


def _chosen(authorization: Authorization) -> PlannedChallenge:
    return PlannedChallenge(authorization.identifier, authorization.challenge_type, authorization.method)


def _issuers(authorization: Authorization | None) -> tuple[str, ...]:
    challenges = authorization.challenges if authorization is not None else ()
    return next((each.issuer_domain_names for each in challenges if each.issuer_domain_names), ())
