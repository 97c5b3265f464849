"""What a role says of names, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.documents import Document, document, place, value
from reconciler.render.text import Paint, clean, count, names, wrap

if TYPE_CHECKING:
    from reconciler.render.explanation_rows import ExplanationRow, ExplanationView

_INDENT = 9
_WIDTH = 80
_MOST_ROLES = 10


def render_explanation(view: ExplanationView, *, color: bool = False) -> str:
    """Return for people what a role says of names: a block for each, and a line that counts them."""
    paint = Paint(color)
    return "\n\n".join([*(_block(row, paint) for row in view.rows), paint.strong(_summary(view))]) + "\n"


def explanation_document(view: ExplanationView) -> Document:
    """Return the same for programs."""
    entity = view.entity
    return document(
        "explanation",
        role_name=view.role.name,
        certificate_name=view.certificate_name,
        entity={"id": entity.id, "name": entity.name} if entity else None,
        allowed=not view.denied,
        identifiers=[_row(row) for row in view.rows],
    )


def _block(row: ExplanationRow, paint: Paint) -> str:
    word = paint.good("allowed") if row.allowed else paint.bad("denied")
    padding = " " * (_INDENT - len("allowed" if row.allowed else "denied"))
    lines = [] if row.location is None else [clean(row.location)]
    lines += _wrapped(row.explanation.reason)
    lines += [line for note in row.notes for line in _wrapped(f"note: {note}")]
    if row.explanation.hint:
        lines += _wrapped(f"help: {row.explanation.hint}")
    if row.other_roles:
        lines += _wrapped(f"allowed by other roles: {_some_roles(row.other_roles)}")
    heading = f"{word}{padding}{paint.strong(clean(row.identifier.text))}"
    return "\n".join([heading, *(" " * _INDENT + line for line in lines)])


def _wrapped(text: str) -> list[str]:
    return wrap(clean(text), _INDENT, width=_WIDTH)


def _some_roles(role_names: tuple[str, ...]) -> str:
    shown, more = names(role_names[:_MOST_ROLES]), len(role_names) - _MOST_ROLES
    return f"{shown} and {more} more" if more > 0 else shown


def _summary(view: ExplanationView) -> str:
    asked = [f"Role {clean(view.role.name)}"]
    asked += [f"certificate {clean(view.certificate_name)}"] if view.certificate_name else []
    asked += [f"asked as {clean(view.entity.name)}"] if view.entity else []
    total = count(len(view.rows), "identifier")
    verdict = f"{view.denied} of {total} denied" if view.denied else f"{total} allowed"
    return f"{', '.join(asked)}: {verdict}."


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
