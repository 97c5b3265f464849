"""The sentences for what one entry decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.model.role import DomainOption
from reconciler.policy.entries import parse_denied_entry

if TYPE_CHECKING:
    from reconciler.model.identifier import Identifier
    from reconciler.policy.decision import Decision
    from reconciler.policy.entries import Entry


def why_allowed(decision: Decision, identifier: Identifier) -> str:
    """Return the sentence that says which entry allows an identifier, and by which option."""
    if identifier.type == "ip":
        return f"the range `{decision.entry}` allows it"
    filled = f" (here `{decision.filled}`)" if decision.filled is not None else ""
    return f"`{decision.entry}`{filled} allows it{_with_option(decision, identifier)}"


def why_denied_domain(text: str, identifier: Identifier) -> str:
    """Return the sentence that says how an entry of `denied_domains` denies an identifier."""
    try:
        entry = parse_denied_entry(text)
    except InvalidEntryError:
        return f"no name is allowed while `{text}` in `denied_domains` cannot be understood"
    return f"`denied_domains` has `{text}`{_relation(entry, identifier)}"


def _with_option(decision: Decision, identifier: Identifier) -> str:
    if decision.option is None:
        return ""
    if identifier.is_wildcard and decision.option is not DomainOption.WILDCARDS:
        return f", with {decision.option} and {DomainOption.WILDCARDS}"
    return f", with {decision.option}"


def _relation(entry: Entry, identifier: Identifier) -> str:
    base = identifier.base
    if entry.glob is None:
        if base.endswith(f".{entry.value}") or (identifier.is_wildcard and base == entry.value):
            return ", and it is under that"
        return ", for which this wildcard stands, too" if identifier.is_wildcard else ""
    if identifier.is_wildcard:
        below = entry.glob.below
        if below and below.partition(".")[2] == base:
            return f", and this wildcard stands for `{below}`"
        return ", which matches names that this wildcard stands for"
    return ", which matches it" if entry.glob.matches(base) else ", which matches a name above it"
