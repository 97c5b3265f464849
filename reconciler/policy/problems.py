"""What is wrong with the entries of a role: for the tree, which knows where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.model.finding import Severity
from reconciler.policy.denied import DeniedIndex
from reconciler.policy.entries import is_template, parse_denied_entry, parse_entry
from reconciler.policy.name_problems import denied_problem, name_problem
from reconciler.policy.problem import EntryProblem, EntryRules, broad

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from ipaddress import IPv4Network, IPv6Network

    from reconciler.model.role import ChallengeType, DomainOption

# Shorter prefixes than those of the widest private networks (10.0.0.0/8, fc00::/7).
_WIDEST = {4: 8, 6: 7}


def entry_rules(
    options: frozenset[DomainOption],
    denied_domains: Sequence[str],
    challenge_types: Collection[ChallengeType],
) -> EntryRules:
    """Return what a role says that the worth of its entries depends on."""
    # One that is not understood denies every name; that is an error of its own.
    understood = [each for each in denied_domains if denied_domain_problem(each) is None]
    return EntryRules(options, DeniedIndex(understood) if understood else None, challenge_types)


def allowed_domain_problem(entry: str, rules: EntryRules) -> EntryProblem | None:
    """Return what is wrong with an entry of `allowed_domains` in a role with these rules."""
    if not is_template(entry):
        problem = name_problem(entry, entry, rules)
        if problem is None and rules.denied is not None:
            return denied_problem(entry, parse_entry(entry).value, rules)
        return problem
    from reconciler.policy.template_problems import template_problem  # most roles have no templates
    from reconciler.policy.templates import parse_template

    try:
        template = parse_template(entry)
    except InvalidEntryError as error:
        return EntryProblem(Severity.ERROR, "invalid-template", str(error), error.hint)
    return template_problem(template, rules)


def denied_domain_problem(entry: str) -> EntryProblem | None:
    """Return what is wrong with an entry of `denied_domains`: always an error, lest too little is denied."""
    try:
        parse_denied_entry(entry)
    except InvalidEntryError as error:
        return EntryProblem(Severity.ERROR, "invalid-denied-domain", str(error), error.hint)
    return None


def ip_range_problem(network: IPv4Network | IPv6Network) -> EntryProblem | None:
    """Return what is wrong with an entry of `allowed_ip_ranges`."""
    if network.prefixlen >= _WIDEST[network.version]:
        return None
    which = "all addresses" if network.prefixlen == 0 else "a great part of all addresses"
    return broad(f"`{network}` allows {which}")
