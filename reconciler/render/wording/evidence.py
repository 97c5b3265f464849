"""The words for what an order is allowed on: the rules, and who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.text import clean, count, names

if TYPE_CHECKING:
    from reconciler.model.evidence import Evidence, Requester
    from reconciler.model.identifier import Identifier
    from reconciler.model.role import DomainOption

_SHORT_COMMIT = 7
_MOST_NAMES = 5
_MOST_RULES = 4


def rule_text(entry: str, option: DomainOption | None, filled: str | None = None) -> str:
    """Return an entry of a role, and the option that made it match: `example.com` (subdomains).

    Args:
        entry: as it is written.
        option: None where it counts without any.
        filled: what it was for the requester, if it is a template.
    """
    rule = f"`{clean(entry)}`" if filled is None else f"`{clean(entry)}` = {clean(filled)}"
    return f"{rule} ({option})" if option else rule


def requester_text(requester: Requester) -> str:
    """Return in one line who asked for a certificate, and what proves it."""
    commit = clean(requester.commit[:_SHORT_COMMIT])
    return f"{clean(requester.entity_name)} (commit {commit}, key {clean(requester.fingerprint)})"


def rule_lines(evidence: Evidence) -> list[str]:
    """Return which rule allows which identifiers, a line for each rule."""
    return [f"{names(each.text for each in those)} by {rule}" for rule, those in _by_rule(evidence).items()]


def short_rule_lines(evidence: Evidence) -> list[str]:
    """Return the same in a few lines, the rule first; what they leave out is counted.

    Where one rule allows all identifiers, it is the only line, and names none of them.
    """
    rules = list(_by_rule(evidence).items())
    if len(rules) == 1:
        return [f"by {rules[0][0]}"]
    shown = rules if len(rules) <= _MOST_RULES else rules[: _MOST_RULES - 1]
    lines = [f"by {rule}: {_some(those)}" for rule, those in shown]
    left = rules[len(shown) :]
    if left:
        others = sum(len(those) for _, those in left)
        lines.append(f"by {len(left)} more rules: {count(others, 'more identifier')}")
    return lines


def _by_rule(evidence: Evidence) -> dict[str, list[Identifier]]:
    by_rule: dict[str, list[Identifier]] = {}
    for grant in evidence.grants:
        # Of names that are listed one by one, each is its own rule: to repeat them all would say nothing.
        listed = grant.entry == grant.identifier.value
        rule = f"name ({grant.option})" if listed and grant.option else "name" if listed else None
        rule = rule or rule_text(grant.entry, grant.option, grant.filled)
        by_rule.setdefault(rule, []).append(grant.identifier)
    return by_rule


def _some(identifiers: list[Identifier]) -> str:
    if len(identifiers) <= _MOST_NAMES:
        return names(each.text for each in identifiers)
    shown = identifiers[: _MOST_NAMES - 1]
    return f"{names(each.text for each in shown)} and {len(identifiers) - len(shown)} more"
