"""Findings for people, each with the line of the file and a caret below it; and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.finding import Severity
from reconciler.render.text import Paint, clean, columns, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.finding import Finding, Location

_TAB = 4
_MAX_WIDTH = 120
_CUT = "..."


def render_findings(findings: Sequence[Finding], *, limit: int | None = 100, color: bool = False) -> str:
    """Return the findings as text that ends in a line which counts them all; empty when there is none.

    Args:
        findings: in the order in which they are shown.
        limit: how many are shown; None shows all.
        color: whether to use SGR codes, as a terminal understands them.
    """
    if not findings:
        return ""
    shown = findings if limit is None else findings[:limit]
    paint = Paint(color)
    parts = [_finding(finding, paint) for finding in shown]
    if len(shown) < len(findings):
        left = f"{len(findings) - len(shown):,} more"
        parts.append(f"... and {left} (`--format json` shows all)\n")
    parts.append(findings_summary(findings) + "\n")
    return "\n".join(parts)


def findings_document(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the findings as a value for JSON."""
    return {
        "findings": [
            {
                "path": clean(finding.location.path),
                "line": finding.location.line,
                "column": finding.location.column,
                "severity": str(finding.severity),
                "code": finding.code,
                "message": clean(finding.message),
                "hint": None if finding.hint is None else clean(finding.hint),
            }
            for finding in findings
        ]
    }


def _finding(finding: Finding, paint: Paint) -> str:
    stress = paint.bad if finding.severity is Severity.ERROR else paint.change
    place = paint.strong(clean(finding.location))
    lines = [f"{place}: {stress(finding.severity)}: {clean(finding.message)} [{finding.code}]"]
    if finding.source is not None and finding.location.line:
        number = str(finding.location.line)
        margin = " " * len(number)
        text, before, width = _excerpt(finding.source, finding.location)
        caret = stress("^" * width)
        lines += [f"{margin} |", f"{number} | {text}".rstrip(), f"{margin} | {' ' * before}{caret}"]
    if finding.hint:
        lines.append(f"{paint.strong('help')}: {clean(finding.hint)}")
    return "\n".join(lines) + "\n"


def _excerpt(source: str, location: Location) -> tuple[str, int, int]:
    """Return what is shown of a line, and the columns on the terminal before and above the underline."""
    start = min(location.column - 1, len(source))
    first = max(0, start - _MAX_WIDTH // 2) if len(source) > _MAX_WIDTH else 0
    last = min(len(source), first + _MAX_WIDTH)
    head = (_CUT if first else "") + _expand(source[first:start])
    marked = _expand(source[start : min(start + location.length, last)])
    tail = _expand(source[start + location.length : last]) + (_CUT if last < len(source) else "")
    return head + marked + tail, columns(head), max(columns(marked), 1)


def _expand(text: str) -> str:
    return clean(text.replace("\t", " " * _TAB))


def findings_summary(findings: Sequence[Finding]) -> str:
    """Return how many findings there are, and in how many files."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    counts = [(errors, "error"), (len(findings) - errors, "warning")]
    files = len({finding.location.path for finding in findings})
    return f"{', '.join(count(number, noun) for number, noun in counts if number)} in {count(files, 'file')}"
