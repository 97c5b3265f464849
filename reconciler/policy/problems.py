"""What is wrong with the entries of a role: for the tree, which knows where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.model.finding import Severity
from reconciler.model.role import DomainOption
from reconciler.policy.entries import DOTS, parse_denied_entry, parse_entry
from reconciler.policy.suffixes import is_public_suffix
from reconciler.policy.templates import (
    Template,
    Unfillable,
    Variable,
    is_label,
    is_template,
    parse_template,
)

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from reconciler.policy.globs import Glob

# Shorter prefixes than those of the widest private networks (10.0.0.0/8, fc00::/7).
_WIDEST = {4: 8, 6: 7}
# No character of it ends up beside a hyphen of the template in the third and fourth place of a label.
_SAMPLE_VALUES = ("abc", "a")


@dataclass(frozen=True, slots=True)
class EntryProblem:
    """Something wrong with an entry.

    Attributes:
        severity: an error where it is not sure what is meant, a warning where it surely grants too much or
            nothing.
        code: a stable word for programs.
        message: what is wrong, in one sentence.
        hint: what to do about it.
    """

    severity: Severity
    code: str
    message: str
    hint: str | None = None


def allowed_domain_problem(entry: str, options: frozenset[DomainOption]) -> EntryProblem | None:
    """Return what is wrong with an entry of `allowed_domains` in a role with these options."""
    if not is_template(entry):
        return _entry_problem(entry, entry, options)
    try:
        template = parse_template(entry)
    except InvalidEntryError as error:
        return EntryProblem(Severity.ERROR, "invalid-template", str(error), error.hint)
    problems = [_sample_problem(template, value, options) for value in _SAMPLE_VALUES]
    return _template_problem(template, options) if None in problems else problems[0]


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
    return _warning("broad-entry", f"`{network}` allows {which}")


def _sample_problem(template: Template, value: str, options: frozenset[DomainOption]) -> EntryProblem | None:
    """Return what is wrong with a template as it is with this value for all but the names of groups."""
    filled = template.fill_with(lambda variable: _sample_value(variable, value))
    if isinstance(filled, Unfillable):
        return _warning("unusable-entry", f"`{template.text}` never allows anything: {filled.reason}")
    return _entry_problem(template.text, filled, options)


def _sample_value(variable: Variable, value: str) -> str | Unfillable:
    if variable.kind != "group":
        return value
    return (
        variable.key if is_label(variable.key) else Unfillable(f"the group `{variable.key}` is no DNS label")
    )


def _entry_problem(text: str, filled: str, options: frozenset[DomainOption]) -> EntryProblem | None:
    try:
        entry = parse_entry(filled)
    except InvalidEntryError as error:
        which = "this entry" if text == filled else f"`{text}`, filled,"
        return _warning("unusable-entry", f"{which} never allows anything: {error}", error.hint)
    if entry.glob is not None:
        return _glob_problem(text, entry.glob, options)
    if options and not options & {DomainOption.BARE_DOMAINS, DomainOption.SUBDOMAINS}:
        return _idle(text, "without `*` it needs the option bare_domains or subdomains")
    if DomainOption.SUBDOMAINS in options and is_public_suffix(entry.value, private=True):
        return _broad(f"`{text}` is a public suffix, below which anyone can have a name")
    return None


def _glob_problem(text: str, glob: Glob, options: frozenset[DomainOption]) -> EntryProblem | None:
    if DomainOption.GLOBS in options:
        return _breadth(text, glob)
    if DomainOption.WILDCARDS not in options:
        return _idle(text, "with `*` it needs the option globs or wildcards")
    if glob.below is None:
        return _idle(text, "it is no wildcard (`*.example.com`), and needs the option globs")
    if "." not in glob.below:
        return _idle(text, f"no CA issues for a wildcard over `{glob.below}`")
    if is_public_suffix(glob.below):
        return _idle(text, f"`{glob.below}` is a public suffix, over which no wildcard is allowed")
    return None


def _breadth(text: str, glob: Glob) -> EntryProblem | None:
    tail, last = glob.tail, glob.pieces[-1]
    if not tail:
        return _broad(f"`{text}` matches names of anyone: no whole label ends it")
    at_the_top = "." not in tail or is_public_suffix(tail, private=True)
    if at_the_top and not last.startswith("."):
        return _broad(
            f"`{text}` also matches `evil{last}`, a name of anyone: the `*` is not followed by a dot",
            f"write `*.{last}`",
        )
    if is_public_suffix(tail, private=True):
        return _broad(f"`{text}` matches names of anyone: `{tail}` is a public suffix")
    return None


def _template_problem(template: Template, options: frozenset[DomainOption]) -> EntryProblem | None:
    """Return what a template allows too much of, whatever its values are."""
    labels = DOTS.split("".join(part if isinstance(part, str) else "{" for part in template.parts))
    if DomainOption.GLOBS in options and any("{" in label and "*" in label for label in labels):
        return _broad(
            f"`{template.text}`: a `*` in the label of a variable matches others' longer values, too",
            "let the variable be a label of its own",
        )
    ends_with = _tail(template)
    if ends_with is not None and (not ends_with or is_public_suffix(ends_with, private=True)):
        before = f"right before the public suffix `{ends_with}`" if ends_with else "in the last label"
        return _broad(f"`{template.text}` can become a name of anyone: a variable stands {before}")
    return None


def _tail(template: Template) -> str | None:
    """Return the whole labels at the end that have neither variable nor `*`; None where nothing is open."""
    opened = "".join(
        "*" if isinstance(part, Variable) and part.kind != "group" else _literal(part)
        for part in template.parts
    )
    try:
        glob = parse_entry(opened).glob
    except InvalidEntryError:
        return None
    return glob.tail if glob else None


def _literal(part: str | Variable) -> str:
    return part if isinstance(part, str) else part.key


def _idle(text: str, reason: str) -> EntryProblem:
    return _warning("idle-entry", f"`{text}` never allows anything: {reason}")


def _broad(message: str, hint: str | None = None) -> EntryProblem:
    return _warning("broad-entry", message, hint)


def _warning(code: str, message: str, hint: str | None = None) -> EntryProblem:
    return EntryProblem(Severity.WARNING, code, message, hint)
