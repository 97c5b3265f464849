"""Before an order: is the place of a DNS challenge's record there, and may the provider write it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.preflight.failures import failed, outcome_of, words_of
from reconciler.errors import ReconcilerError
from reconciler.model import preflight_facts as found
from reconciler.model.fulfillment import MANUAL, Way
from reconciler.model.preflight import Check, Outcome
from reconciler.model.role import ChallengeType
from reconciler.orders.methods import automatic_method, chosen_fulfillment, closest_entry, covering_provider
from reconciler.orders.record_names import record_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.engine.preflight.asking import Asking
    from reconciler.engine.preflight.subjects import Subject
    from reconciler.model.dns_provider import DnsProvider, Propagation
    from reconciler.model.preflight import PreflightFinding


def record_findings(asking: Asking, subject: Subject) -> Iterator[PreflightFinding]:
    """Yield what would keep the record of a DNS challenge from being published, or seen by the CA.

    Who publishes it matters for the provider only: aliases that lead in a circle, and name servers that do
    not answer, keep the CA from seeing what people publish as well.
    """
    challenge_type = subject.challenge_type
    if challenge_type is None:
        return
    if challenge_type is ChallengeType.DNS_ACCOUNT_01 and not subject.account_url:
        yield subject.finding(Check.DELEGATION, Outcome.UNKNOWN, found.NoAccountYet())
        return
    name = record_name(challenge_type, subject.identifier, subject.account_url)
    propagation = asking.propagation_of(_nearest(asking, subject))
    try:
        target = asking.canonical_name(name, propagation)
        provider = _provider(asking, subject, None if target == name else target)
        # Without an alias it is the identifier that has to be covered, not the name that is made of it.
        covered = subject.identifier.value if target == name else target
        is_covered = provider is None or closest_entry(covered, provider.identifiers) >= 0
        if not is_covered or (provider is None and _needs_provider(asking, subject, is_alias=target != name)):
            fact = found.NotCovered(name, target, provider.name if provider else None)
            yield subject.finding(Check.DELEGATION, Outcome.WARNING, fact)
            return
        zone = asking.zone_of(target, propagation)
    except ReconcilerError as error:
        yield failed(subject, Check.DELEGATION, error)
        return
    place = found.RecordPlace(name, target, zone, provider.name if provider else None)
    yield subject.finding(Check.DELEGATION, Outcome.OK, place)
    if not propagation.skip:
        yield _servers(asking, subject, zone, propagation)
    if provider is not None:
        yield from _access(asking, subject, provider, zone)


def secret_findings(asking: Asking, subject: Subject) -> Iterator[PreflightFinding]:
    """Yield that the provider of a DNS challenge cannot be used, as far as that shows at this machine."""
    provider = _provider(asking, subject, None)
    denied = _unusable(asking, subject, provider) if provider else None
    if denied is not None:
        yield denied


def _unusable(asking: Asking, subject: Subject, provider: DnsProvider) -> PreflightFinding | None:
    try:
        asking.publisher(provider)
    except ReconcilerError as error:
        fact = found.AccessDenied(provider.name, None, words_of(error))
        return subject.finding(Check.PROVIDER, Outcome.WARNING, fact)
    return None


def _access(asking: Asking, subject: Subject, provider: DnsProvider, zone: str) -> Iterator[PreflightFinding]:
    denied = _unusable(asking, subject, provider)
    if denied is not None:
        # Of the provider that was planned with it is said already: an alias may lead to another one. Of one
        # that has nothing to do yet, nothing was said.
        if not subject.is_due or provider != _provider(asking, subject, None):
            yield denied
        return
    try:
        asking.check_access(provider, zone)
    except ReconcilerError as error:
        fact = found.AccessDenied(provider.name, zone, words_of(error))
        yield subject.finding(Check.PROVIDER, outcome_of(error), fact)
    else:
        yield subject.finding(Check.PROVIDER, Outcome.OK, found.CredentialsAccepted(provider.name, zone))


def _servers(asking: Asking, subject: Subject, zone: str, propagation: Propagation) -> PreflightFinding:
    try:
        what = asking.unanswered(zone, propagation)
    except ReconcilerError as error:
        return failed(subject, Check.NAMESERVERS, error)
    if what is None:
        return subject.finding(Check.NAMESERVERS, Outcome.OK, found.ServersAnswer(zone))
    return subject.finding(Check.NAMESERVERS, Outcome.WARNING, found.ServersFail(zone, what))


def _needs_provider(asking: Asking, subject: Subject, *, is_alias: bool) -> bool:
    """Say whether a record without a provider is wrong: one was to do it, or an alias leads to nobody's."""
    if subject.method is not None:
        return subject.method.way is Way.DNS_PROVIDER
    challenge_type = subject.challenge_type
    by_hand = challenge_type is not None and chosen_fulfillment(subject.spec, challenge_type) == MANUAL
    return is_alias and bool(asking.providers) and not by_hand


def _nearest(asking: Asking, subject: Subject) -> DnsProvider | None:
    """Return the provider that says whom to ask: as the record's own name has it."""
    if subject.method is not None and subject.method.way is Way.DNS_PROVIDER:
        return asking.providers.get(subject.method.target)
    return covering_provider(subject.identifier.value, asking.providers.values())


def _provider(asking: Asking, subject: Subject, alias: str | None) -> DnsProvider | None:
    """Return who publishes the record; where its name is an alias, that decides."""
    challenge_type = subject.challenge_type
    if challenge_type is None or (subject.method is not None and subject.method.way is Way.EXEC):
        return None
    if alias is None:
        method = subject.method
    else:
        method = automatic_method(
            subject.identifier,
            challenge_type,
            subject.spec,
            asking.settings.challenges,
            asking.providers,
            alias,
        )
    if method is None or method.way is not Way.DNS_PROVIDER:
        return None
    return asking.providers.get(method.target)
