"""A DNS provider put to the test: a record of no meaning is published, seen everywhere, and removed."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import ChallengeError
from reconciler.model.fulfillment import Method, Way
from reconciler.model.instruction import Instruction
from reconciler.model.provider_trial import Trial, TrialResult
from reconciler.model.role import ChallengeType
from reconciler.orders.choice import fits
from reconciler.orders.instructions import DnsInstruction, explain
from reconciler.orders.methods import closest_entry, covering_provider

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from reconciler.challenges.fulfillers import Fulfillers
    from reconciler.challenges.port import Fulfiller
    from reconciler.model.dns_provider import DnsProvider
    from reconciler.model.identifier import Identifier

_PAUSE = 1.0  # seconds from one look to the next


def prepare_trial(provider: DnsProvider, identifier: Identifier, fulfillers: Fulfillers) -> Trial:
    """Find out where the record of a dns-01 challenge (RFC 8555 section 8.4) would go; publishes nothing.

    Raises:
        ChallengeError: there is no such record, its place is not found, or the provider does not cover it.
    """
    if not fits(ChallengeType.DNS_01, identifier):
        raise ChallengeError(f"{identifier} is an address: a challenge in the DNS takes a name")
    # Like a challenge's in all but that nobody has asked for it.
    token = secrets.token_urlsafe(32)
    instruction = Instruction("", "", identifier, ChallengeType.DNS_01, token, f"{token}.test")
    lookups = fulfillers.lookups(fulfillers.propagation_of(provider))
    record = _record(instruction)
    canonical = lookups.canonical_name(record.name)
    _check_coverage(provider, identifier, canonical if canonical != record.name else None, fulfillers)
    instruction = replace(instruction, method=Method(Way.DNS_PROVIDER, provider.name, canonical))
    return Trial(provider, identifier, canonical, lookups.zone_of(canonical), record.value, instruction)


def run_trial(
    trial: Trial,
    fulfillers: Fulfillers,
    stop: Event,
    report: Callable[[str], None],
    *,
    omit_cleanup: bool = False,
) -> TrialResult:
    """Publish the record, wait until it is seen everywhere, and remove it, whatever happens in between.

    Args:
        trial: see `prepare_trial`.
        fulfillers: make what publishes.
        stop: ends the wait.
        report: gets who does not have the record yet, at each look.
        omit_cleanup: whether to leave the record where it is.

    Raises:
        SecretError: a secret of the provider cannot be read; nothing was published then.
        ChallengeError: the provider cannot be used as it is described; likewise.
    """
    method = Method(Way.DNS_PROVIDER, trial.provider.name)
    fulfiller = fulfillers.of(method, ChallengeType.DNS_01)
    complaints: list[str] = []
    try:
        complaints += _publish(trial, fulfiller, stop, report)
    finally:
        if not omit_cleanup:
            complaints += _remove(trial, fulfiller)
    seen = "was published" if fulfillers.propagation_of(trial.provider).skip else "was seen everywhere"
    end = "left in its place" if omit_cleanup else "removed"
    done = f"the test record at {trial.record_name} {seen}, and {end}"
    return TrialResult(trial, not complaints, "; ".join(dict.fromkeys(complaints)) or done, omit_cleanup)


def _publish(trial: Trial, fulfiller: Fulfiller, stop: Event, report: Callable[[str], None]) -> list[str]:
    try:
        fulfiller.present(trial.instruction)
        while (missing := fulfiller.missing(trial.instruction)) is not None:
            report(missing)
            if stop.wait(_PAUSE):
                return [f"it was stopped before the record was seen everywhere: {missing}"]
    except ChallengeError as error:
        return [str(error)]
    return []


def _remove(trial: Trial, fulfiller: Fulfiller) -> list[str]:
    failures = fulfiller.clean_up([trial.instruction])
    for error in failures.values():
        by_hand = f'the TXT record "{trial.value}" at {trial.record_name} may be left: remove it by hand'
        return [str(error), by_hand]
    return []


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


def _record(instruction: Instruction) -> DnsInstruction:
    explained = explain(instruction)
    if not isinstance(explained, DnsInstruction):  # never: the instruction is one for dns-01
        raise TypeError(explained)
    return explained
