"""Records of the state that cannot be read, as findings for people and as values for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.finding import Finding, Location
from reconciler.render.findings import render_findings
from reconciler.render.text import clean
from reconciler.render.wording.flaws import FLAWED_CODE, flaw_advice, flaw_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.flaw import FlawedRecord
    from reconciler.render.documents import Document


def flaw_finding(flaw: FlawedRecord) -> Finding:
    """Return what is wrong with a record as a finding."""
    location = Location(flaw.path, flaw.line, 1 if flaw.line else 0)
    return Finding(FLAWED_CODE, flaw_text(flaw), location, hint=flaw_advice(flaw))


def render_flaws(flawed: Iterable[FlawedRecord], *, limit: int | None = 100, color: bool = False) -> str:
    """Return for people what is wrong with records; empty where nothing is."""
    return render_findings([flaw_finding(each) for each in flawed], limit=limit, color=color)


def flaw_documents(flawed: Sequence[FlawedRecord]) -> list[Document]:
    """Return what is wrong with records for programs."""
    return [
        {
            "kind": str(each.kind),
            "name": clean(each.name),
            "path": clean(each.path),
            "line": each.line,
            "message": clean(each.message),
            "hint": flaw_advice(each),
            "certificates": [clean(name) for name in each.certificates],
            "account": clean(each.account) if each.account else None,
        }
        for each in flawed
    ]
