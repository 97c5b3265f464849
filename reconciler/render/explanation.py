"""What the policy says of names, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.documents import Document, document, place, value
from reconciler.render.findings import findings_document
from reconciler.render.text import Paint, clean, columns, count, names, wrap

if TYPE_CHECKING:
    from reconciler.model.finding import Finding
    from reconciler.render.explanation_rows import ExplanationRow, ExplanationView

_INDENT = 9
_WIDTH = 80
_MOST_ROLES = 10


def render_explanation(view: ExplanationView, *, color: bool = False) -> str:
    """Return for people what the policy says of names: a block for each, and a line that counts them."""
    paint = Paint(color)
    blocks = [_whole(view, finding, paint) for finding in view.findings]
    blocks += [_block(row, paint) for row in view.rows]
    summary = [paint.strong(line) for line in _summary(view)]
    return "\n\n".join([*blocks, "\n".join(summary)]) + "\n"


def explanation_document(view: ExplanationView) -> Document:
    """Return the same for programs."""
    entity = view.entity
    return document(
        "explanation",
        role_name=view.role_name,
        certificate_name=view.certificate_name,
        entity={"id": entity.id, "name": entity.name} if entity else None,
        policy=clean(view.where) or None,
        policy_commit=view.policy_commit,
        allowed=view.allowed,
        **findings_document(view.findings),
        identifiers=[_row(row) for row in view.rows],
    )


def _whole(view: ExplanationView, finding: Finding, paint: Paint) -> str:
    subject = f"certificate {view.certificate_name}" if view.certificate_name else f"role {view.role_name}"
    lines = [clean(finding.location), *_wrapped(finding.message), *_help(finding.hint)]
    return _answered(subject, lines, paint, allowed=False)


def _block(row: ExplanationRow, paint: Paint) -> str:
    lines = [] if row.location is None else [clean(row.location)]
    lines += _wrapped(row.explanation.reason)
    lines += [line for note in row.notes for line in _wrapped(f"note: {note}")]
    lines += _help(row.explanation.hint)
    if row.other_roles:
        lines += _wrapped(f"allowed by other roles: {_some_roles(row.other_roles)}")
    return _answered(row.identifier.text, lines, paint, allowed=row.allowed)


def _answered(subject: str, lines: list[str], paint: Paint, *, allowed: bool) -> str:
    word = "allowed" if allowed else "denied"
    painted = paint.good(word) if allowed else paint.bad(word)
    heading = f"{painted}{' ' * (_INDENT - len(word))}{paint.strong(clean(subject))}"
    return "\n".join([heading, *(" " * _INDENT + line for line in lines)])


def _help(hint: str | None) -> list[str]:
    return _wrapped(f"help: {hint}") if hint else []


def _wrapped(text: str) -> list[str]:
    return wrap(clean(text), _INDENT, width=_WIDTH)


def _some_roles(role_names: tuple[str, ...]) -> str:
    shown, more = names(role_names[:_MOST_ROLES]), len(role_names) - _MOST_ROLES
    return f"{shown} and {more} more" if more > 0 else shown


def _summary(view: ExplanationView) -> list[str]:
    asked = [f"Role {clean(view.role_name)}"]
    asked += [f"certificate {clean(view.certificate_name)}"] if view.certificate_name else []
    asked += [f"asked as {clean(view.entity.name)}"] if view.entity else []
    asked += [f"by the policy {clean(view.where)}"] if view.where else []
    question, verdict = f"{', '.join(asked)}:", f"{_verdict(view)}."
    if columns(question) + 1 + columns(verdict) <= _WIDTH:
        return [f"{question} {verdict}"]
    return [*wrap(question, 0, width=_WIDTH), verdict]


def _verdict(view: ExplanationView) -> str:
    if not view.rows:
        return "denied"
    total = count(len(view.rows), "identifier")
    if view.denied:
        more = ", and the certificate as a whole" if view.findings else ""
        return f"{view.denied} of {total} denied{more}"
    return f"{total} allowed, but the certificate is denied" if view.findings else f"{total} allowed"


def _row(row: ExplanationRow) -> Document:
    explanation, decision = row.explanation, row.explanation.decision
    return {
        "identifier": row.identifier.value,
        "text": clean(row.identifier.text),
        "allowed": decision.allowed,
        "entry": decision.entry,
        "filled": decision.filled,
        "option": value(decision.option),
        "denial": value(decision.denial),
        "reason": clean(explanation.reason),
        "nearest": explanation.nearest,
        "hint": None if explanation.hint is None else clean(explanation.hint),
        "notes": [clean(each) for each in row.notes],
        "other_roles": list(row.other_roles),
        "location": place(row.location),
    }
