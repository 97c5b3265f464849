"""What is wrong with an entry of `allowed_domains` that is no template, or that has been filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.model.role import DNS_TYPES, DomainOption
from reconciler.policy.entries import parse_entry
from reconciler.policy.problem import broad, idle, unusable
from reconciler.policy.suffixes import is_public_suffix

if TYPE_CHECKING:
    from reconciler.policy.decision import Decision
    from reconciler.policy.globs import Glob
    from reconciler.policy.problem import EntryProblem, EntryRules


def name_problem(text: str, filled: str, rules: EntryRules) -> EntryProblem | None:
    """Return what is wrong with an entry by itself.

    Args:
        text: as it is written.
        filled: the same, if it is no template.
        rules: the role's; what it denies is another question.
    """
    try:
        entry = parse_entry(filled)
    except InvalidEntryError as error:
        which = "this entry" if text == filled else f"`{text}`, filled,"
        return unusable(f"{which} never allows anything: {error}", error.hint)
    if entry.glob is not None:
        return _glob_problem(text, entry.glob, rules)
    options = rules.options
    if options and not options & {DomainOption.BARE_DOMAINS, DomainOption.SUBDOMAINS}:
        return idle(text, "without `*` it needs the option bare_domains or subdomains")
    if DomainOption.SUBDOMAINS in options and is_public_suffix(entry.value, private=True):
        return broad(f"`{text}` is a public suffix, below which anyone can have a name")
    return None


def denied_problem(text: str, value: str, rules: EntryRules) -> EntryProblem | None:
    """Return what is wrong with an entry if `denied_domains` denies all that it allows.

    Args:
        text: as it is written.
        value: the same, in canonical form; of a template, with `*` for each variable.
        rules: the role's.
    """
    found = _denied_by(value, "*" in text, rules)
    return None if found is None else idle(text, f"`{found.entry}` in `denied_domains` denies all of it")


def _denied_by(value: str, has_star: bool, rules: EntryRules) -> Decision | None:
    """Return the decision that leaves nothing of what an entry allows."""
    denied, options = rules.denied, rules.options
    if denied is None:
        return None
    if has_star and DomainOption.GLOBS not in options:
        return denied.find(value)
    itself = denied.find_all_of(value)
    if has_star or DomainOption.SUBDOMAINS not in options:
        return itself
    below = denied.find_all_of(f"*.{value}")
    return below if itself or DomainOption.BARE_DOMAINS not in options else None


def _glob_problem(text: str, glob: Glob, rules: EntryRules) -> EntryProblem | None:
    if DomainOption.GLOBS in rules.options:
        return _breadth(text, glob)
    if DomainOption.WILDCARDS not in rules.options:
        return idle(text, "with `*` it needs the option globs or wildcards")
    if glob.below is None:
        return idle(text, "it is no wildcard (`*.example.com`), and needs the option globs")
    if "." not in glob.below:
        return idle(text, f"no CA issues for a wildcard over `{glob.below}`")
    if is_public_suffix(glob.below):
        return idle(text, f"`{glob.below}` is a public suffix, over which no wildcard is allowed")
    if DNS_TYPES.isdisjoint(rules.challenge_types):
        return idle(text, "a wildcard needs a DNS challenge, and `allowed_challenge_types` has none")
    return None


def _breadth(text: str, glob: Glob) -> EntryProblem | None:
    tail, last = glob.tail, glob.pieces[-1]
    if not tail:
        return broad(f"`{text}` matches names of anyone: no whole label ends it")
    at_the_top = "." not in tail or is_public_suffix(tail, private=True)
    if at_the_top and not last.startswith("."):
        return broad(
            f"`{text}` also matches `evil{last}`, a name of anyone: the `*` is not followed by a dot",
            f"write `*.{last}`",
        )
    if is_public_suffix(tail, private=True):
        return broad(f"`{text}` matches names of anyone: `{tail}` is a public suffix")
    return None
