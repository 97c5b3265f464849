"""A DNS provider put to the test: a record of no meaning is published, seen everywhere, and removed."""

from __future__ import annotations

import errno
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from reconciler.challenges.dns.checked import LONGER
from reconciler.challenges.dns.fulfiller import NamedPublisher
from reconciler.challenges.dns.port import TxtRecord
from reconciler.challenges.instructions import dns_instruction
from reconciler.errors import ChallengeError, NoAnswerError
from reconciler.model.instruction import Instruction
from reconciler.model.provider_trial import Trial, TrialResult
from reconciler.model.role import ChallengeType
from reconciler.orders.choice import fits
from reconciler.orders.methods import closest_entry, covering_provider
from reconciler.orders.records import quoted

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from reconciler.challenges.fulfillers import Fulfillers
    from reconciler.engine.work import Workplace
    from reconciler.model.dns_provider import DnsProvider
    from reconciler.model.identifier import Identifier

    Report = Callable[[str, str], None]
    """Gets what is waited for, and how long it has been."""

_PAUSE = 1.0  # seconds from one look to the next
_NOT_SENT = frozenset({errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL})


def prepare_trial(provider: DnsProvider, identifier: Identifier, fulfillers: Fulfillers) -> Trial:
    """Find out where the record of a dns-01 challenge (RFC 8555 section 8.4) would go; publishes nothing.

    Raises:
        ChallengeError: there is no such record, its place is not found, or the provider does not cover it.
    """
    if not fits(ChallengeType.DNS_01, identifier):
        raise ChallengeError(f"{identifier} is an address: a challenge in the DNS takes a name")
    # Like a challenge's in all but that nobody has asked for it.
    token = secrets.token_urlsafe(32)
    asked = Instruction("", "", identifier, ChallengeType.DNS_01, token, f"{token}.test")
    record = dns_instruction(asked)
    lookups = fulfillers.lookups(fulfillers.propagation_of(provider))
    canonical = lookups.canonical_name(record.name)
    _check_coverage(provider, identifier, canonical if canonical != record.name else None, fulfillers)
    return Trial(provider, identifier, canonical, lookups.zone_of(canonical), record.value)


def run_trial(
    trial: Trial,
    place: Workplace,
    stop: Event,
    report: Report,
    *,
    omit_cleanup: bool = False,
) -> TrialResult:
    """Publish the record, wait until it is seen everywhere, and remove it, whatever happens in between.

    Args:
        trial: see `prepare_trial`.
        place: its clock, and what makes publishers.
        stop: ends the wait.
        report: gets who does not have the record yet, and how long it has been, at each look.
        omit_cleanup: whether to leave the record where it is.

    Raises:
        SecretError: a secret of the provider cannot be read; nothing was published then.
        ChallengeError: the provider cannot be used as it is described; likewise.
    """
    publisher = NamedPublisher(trial.provider.name, place.fulfillers.publisher(trial.provider))
    record = TxtRecord(trial.record_name, trial.value)

    def remove() -> None:
        if not omit_cleanup:
            publisher.change(trial.zone, [], [record])

    complaints: list[str] = []
    is_there = "is"
    if stop.is_set():
        return _result(trial, ["it was stopped"], "nothing was published", omit_cleanup=omit_cleanup)
    try:
        publisher.change(trial.zone, [record], [])
        complaints += _not_seen(trial, place, stop, report)
    except ChallengeError as error:
        if not _may_have_been_done(error):
            return _result(trial, [str(error)], "nothing was published", omit_cleanup=omit_cleanup)
        is_there = "may be"
        complaints += [str(error), "whether it was published is not known"]
    except BaseException:
        with suppress(ChallengeError):
            remove()
        raise
    text = f"the TXT record {quoted([trial.value])} at {record.name}"
    try:
        remove()
    except ChallengeError as error:
        complaints.append(str(error))
        end = f"{text} may be left: remove it by hand"
    else:
        end = f"{text} {is_there} left in its place: remove it later" if omit_cleanup else "it was removed"
        if not complaints:
            skips = place.fulfillers.propagation_of(trial.provider).skip
            seen = "was published" if skips else "was seen everywhere"
            end = f"the test record at {record.name} {seen}; {end}"
    return _result(trial, complaints, end, omit_cleanup=omit_cleanup)


def _result(trial: Trial, complaints: list[str], end: str, *, omit_cleanup: bool) -> TrialResult:
    return TrialResult(trial, not complaints, "; ".join(dict.fromkeys((*complaints, end))), omit_cleanup)


def _not_seen(trial: Trial, place: Workplace, stop: Event, report: Report) -> list[str]:
    """Wait until the record is seen everywhere; return why it was not."""
    propagation = place.fulfillers.propagation_of(trial.provider)
    lookups = place.fulfillers.lookups(propagation)
    if propagation.skip:
        return []
    begun, limit = place.clock.monotonic(), propagation.timeout.total_seconds()
    record = TxtRecord(trial.record_name, trial.value)
    try:
        while (missing := lookups.missing(trial.zone, record)) is not None:
            waited = place.clock.monotonic() - begun
            if waited >= limit:
                return [
                    f"the TXT record at {record.name} is not visible everywhere, {limit:.0f} s after it was "
                    f"published: {missing}",
                    LONGER,
                ]
            report(missing, f"{waited:.0f} of at most {limit:.0f} s")
            if stop.wait(_PAUSE):
                return [f"it was stopped before the record was seen everywhere: {missing}"]
    except ChallengeError as error:
        return [str(error)]
    return []


def _may_have_been_done(error: BaseException) -> bool:
    """Say whether a change may have been made although it failed: it was sent, and no answer came.

    A refusal is an answer, and what could not be sent was not made.
    """
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    if any(isinstance(each, OSError) and each.errno in _NOT_SENT for each in chain):
        return False
    return any(isinstance(each, NoAnswerError | OSError) for each in chain)


def _check_coverage(
    provider: DnsProvider, identifier: Identifier, alias: str | None, fulfillers: Fulfillers
) -> None:
    name = alias or identifier.value
    if closest_entry(name, provider.identifiers) >= 0:
        return
    other = covering_provider(name, fulfillers.providers.values())
    whose = f" of {identifier}" if alias else ""
    what = f"{alias}, where the CNAME{whose} leads," if alias else identifier.value
    who = f"{other.name} does" if other else "and no other DNS provider does"
    covered = ", ".join(provider.identifiers)
    raise ChallengeError(
        f"the DNS provider {provider.name} does not cover {what} but {covered}; {who} (see `identifiers` in "
        f"{provider.location.path})"
    )
