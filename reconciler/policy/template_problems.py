"""What is wrong with an entry that is a template, whoever it is filled with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.model.labels import DOTS
from reconciler.model.role import DomainOption
from reconciler.policy.entries import parse_entry
from reconciler.policy.name_problems import denied_problem, name_problem
from reconciler.policy.problem import broad, unusable
from reconciler.policy.suffixes import is_public_suffix
from reconciler.policy.templates import Unfillable, Variable, is_label

if TYPE_CHECKING:
    from reconciler.policy.entries import Entry
    from reconciler.policy.problem import EntryProblem, EntryRules
    from reconciler.policy.templates import Template

# No character of it ends up beside a hyphen of the template in the third and fourth place of a label.
_SAMPLE_VALUES = ("abc", "a")


def template_problem(template: Template, rules: EntryRules) -> EntryProblem | None:
    """Return what is wrong with a template in a role with these rules."""
    problems = [_sample_problem(template, value, rules) for value in _SAMPLE_VALUES]
    if None not in problems:
        return problems[0]
    if DomainOption.GLOBS in rules.options and _has_star_beside_variable(template):
        return broad(
            f"`{template.text}`: a `*` in the label of a variable matches others' longer values, too",
            "let the variable be a label of its own",
        )
    opened = _opened(template)
    if opened is None:
        return None
    tail = opened.glob.tail if opened.glob else None
    if tail is not None and (not tail or is_public_suffix(tail, private=True)):
        before = f"right before the public suffix `{tail}`" if tail else "in the last label"
        return broad(f"`{template.text}` can become a name of anyone: a variable stands {before}")
    return denied_problem(template.text, opened.value, rules)


def _sample_problem(template: Template, value: str, rules: EntryRules) -> EntryProblem | None:
    """Return what is wrong with a template as it is with this value for all but the names of groups."""
    filled = template.fill_with(lambda variable: _sample_value(variable, value))
    if isinstance(filled, Unfillable):
        return unusable(f"`{template.text}` never allows anything: {filled.reason}")
    return name_problem(template.text, filled, rules)


def _sample_value(variable: Variable, value: str) -> str | Unfillable:
    if variable.kind != "group":
        return value
    return (
        variable.key if is_label(variable.key) else Unfillable(f"the group `{variable.key}` is no DNS label")
    )


def _has_star_beside_variable(template: Template) -> bool:
    labels = DOTS.split("".join(part if isinstance(part, str) else "{" for part in template.parts))
    return any("{" in label and "*" in label for label in labels)


def _opened(template: Template) -> Entry | None:
    """Return a template with `*` for each variable but the names of groups; None where that is no entry."""
    opened = "".join(
        "*" if isinstance(part, Variable) and part.kind != "group" else _literal(part)
        for part in template.parts
    )
    try:
        return parse_entry(opened)
    except InvalidEntryError:
        return None


def _literal(part: str | Variable) -> str:
    return part if isinstance(part, str) else part.key
