"""What was looked at before an order: as text below a plan, and for its JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from reconciler.model.caa import CaaForbids
from reconciler.model.preflight import Outcome
from reconciler.model.preflight_facts import AccessDenied, ServersFail
from reconciler.render.documents import place, value
from reconciler.render.text import Paint, clean, count, names, stopwatch_text, wrap
from reconciler.render.wording.preflight import fact_lines

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from reconciler.model.preflight import PreflightFinding
    from reconciler.model.preflight_facts import Fact

_INDENT = 6
_SET_IN = 2
_WIDTH = 80
_MOST_PLACES = 5
_MOST_BLOCKS = 100
_SYMBOLS = {Outcome.WARNING: "!", Outcome.UNKNOWN: "?"}


def render_preflight(
    findings: Sequence[PreflightFinding], *, color: bool = False, width: int = _WIDTH
) -> str:
    """Return what is not as it should be, each thing once with all places it is about, and a count.

    Args:
        findings: of all checks, in the order of the plan.
        color: whether to use SGR codes, as a terminal understands them.
        width: how long lines become where they can be broken.
    """
    paint = Paint(color)
    found = faults(findings)
    blocks = [_block(about, paint, width) for about in found[:_MOST_BLOCKS]]
    if len(found) > _MOST_BLOCKS:
        blocks.append(f"  ... and {len(found) - _MOST_BLOCKS} more")
    return "\n" + "\n\n".join([*blocks, paint.strong(preflight_summary(findings))]) + "\n"


def faults(findings: Sequence[PreflightFinding]) -> list[list[PreflightFinding]]:
    """Return the findings of each thing that is not as it should be.

    What is known to be wrong comes before what is not known; otherwise as the plan has it.
    """
    groups: dict[tuple[Outcome, Hashable], list[PreflightFinding]] = {}
    for each in findings:
        if each.outcome is not Outcome.OK:
            groups.setdefault((each.outcome, _fault(each.fact)), []).append(each)
    return sorted(groups.values(), key=lambda about: about[0].outcome is Outcome.UNKNOWN)


def fault_lines(about: Sequence[PreflightFinding]) -> tuple[str, list[str]]:
    """Return what is not as it should be in one line, and more about it, with the places."""
    checks = ", ".join(dict.fromkeys(each.check for each in about))
    headline, *details = fact_lines(_merged([each.fact for each in about]))
    return f"{checks}: {headline}", [*details, *_places(about)]


def fault_symbol(about: Sequence[PreflightFinding]) -> str:
    """Return the sign that stands before it."""
    return _SYMBOLS[about[0].outcome]


def preflight_progress(done: int, total: int, elapsed: float) -> str:
    """Return how far it has come; `elapsed` is in seconds."""
    return f"Preflight: {done} of {count(total, 'check')} ({stopwatch_text(elapsed)})"


def preflight_documents(findings: Sequence[PreflightFinding]) -> list[dict[str, Any]]:
    """Return all findings as values for JSON."""
    return [
        {
            "certificate": each.certificate,
            "identifier": each.identifier.value,
            "check": str(each.check),
            "outcome": str(each.outcome),
            "code": each.fact.code,
            "message": "; ".join(fact_lines(each.fact)),
            "facts": _facts(each.fact),
            "location": place(each.location),
        }
        for each in findings
    ]


def _fault(fact: Fact) -> Hashable:
    """Return what is wrong, wherever it shows: one server, or one provider, may have many zones."""
    match fact:
        case ServersFail(what=what):
            return fact.code, what
        case AccessDenied(provider=provider, zone=str(), what=what):
            return fact.code, provider, what
        case _:
            return fact


def _merged(facts: Sequence[Fact]) -> Fact:
    """Return facts of one fault as one."""
    first = facts[0]
    if not isinstance(first, ServersFail | AccessDenied) or not first.zone:
        return first
    zones = list(dict.fromkeys(each.zone for each in facts if isinstance(each, ServersFail | AccessDenied)))
    more = len(zones) - _MOST_PLACES
    return replace(first, zone=names(zones[:_MOST_PLACES]) + (f" and {more} more" if more > 0 else ""))


def _block(about: Sequence[PreflightFinding], paint: Paint, width: int) -> str:
    headline, details = fault_lines(about)
    first, *rest = wrap(headline, _INDENT, width)
    lines = [f"  {paint.change(fault_symbol(about))} {paint.strong(first)}"]
    lines += [" " * _INDENT + paint.strong(each) for each in rest]
    for detail in details:
        first, *rest = wrap(detail, _INDENT + _SET_IN, width)
        lines += [" " * _INDENT + first, *(" " * (_INDENT + _SET_IN) + each for each in rest)]
    return "\n".join(lines)


def _places(about: Sequence[PreflightFinding]) -> list[str]:
    # One identifier may be looked at in several ways that fail for one reason.
    places = {(each.certificate, each.identifier): each for each in about}
    lines = []
    for each in list(places.values())[:_MOST_PLACES]:
        where = f"{clean(each.location)}: " if each.location else ""
        lines.append(f"{where}{clean(each.identifier.text)} of certificate {clean(each.certificate)}")
    more = len(places) - len(lines)
    return [*lines, f"and {count(more, 'more identifier')}"] if more else lines


def preflight_summary(findings: Sequence[PreflightFinding]) -> str:
    """Return the last line: how many checks came out how."""
    if not findings:
        return "Preflight: nothing is to be ordered."
    counted = Counter(each.outcome for each in findings)
    parts = [f"{counted[Outcome.OK]} ok"]
    if counted[Outcome.WARNING]:
        parts.append(count(counted[Outcome.WARNING], "warning"))
    if counted[Outcome.UNKNOWN]:
        parts.append(f"{counted[Outcome.UNKNOWN]} unknown")
    return f"Preflight: {', '.join(parts)}; it is advice, and changes nothing."


def _facts(fact: Fact) -> dict[str, Any]:
    facts: dict[str, Any] = value(fact)
    if isinstance(fact, CaaForbids):
        facts["objections"] = [
            {**each.record._asdict(), "obstacle": str(each.obstacle)} for each in fact.objections
        ]
    return facts
