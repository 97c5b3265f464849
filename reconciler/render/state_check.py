"""What does not fit together in a state, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.state_finding import Level
from reconciler.render.documents import Document, document
from reconciler.render.text import Paint, clean, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.state_finding import StateFinding


def render_state_check(path: str, findings: Sequence[StateFinding], *, color: bool = False) -> str:
    """Return the findings, a paragraph each, and a line that counts them.

    Args:
        path: of the state directory.
        findings: in the order in which they are shown; all are.
        color: whether to use SGR codes, as a terminal understands them.
    """
    paint = Paint(color)
    if not findings:
        return f"{paint.good(f'Nothing is wrong in {clean(path)}')}.\n"
    return "\n".join([*(_paragraph(each, paint) for each in findings), f"{_summary(findings)}\n"])


def state_check_document(path: str, findings: Sequence[StateFinding]) -> Document:
    """Return the same for programs."""
    return document(
        "state_check",
        path=clean(path),
        is_sound=not _number(findings, Level.ERROR),
        summary={f"{level}s": _number(findings, level) for level in Level},
        findings=[
            {
                "path": clean(each.path),
                "line": each.line,
                "severity": str(each.level),
                "code": str(each.code),
                "message": clean(each.message),
                "advice": clean(each.advice),
                "command": None if each.command is None else clean(each.command),
            }
            for each in findings
        ],
    )


def _paragraph(finding: StateFinding, paint: Paint) -> str:
    stress = {Level.ERROR: paint.bad, Level.WARNING: paint.change, Level.NOTE: paint.faint}[finding.level]
    head = f"{paint.strong(clean(finding.place))}: {stress(str(finding.level))}: {clean(finding.message)}"
    # Where the advice says the command itself, once is enough.
    is_said = finding.command is None or finding.command in finding.advice
    command = "" if is_said else f": `{clean(finding.command)}`"
    return f"{head} [{finding.code}]\n{paint.strong('help')}: {clean(finding.advice)}{command}\n"


def _summary(findings: Sequence[StateFinding]) -> str:
    counted = [(_number(findings, level), str(level)) for level in Level]
    return ", ".join(count(number, noun) for number, noun in counted if number)


def _number(findings: Sequence[StateFinding], level: Level) -> int:
    return sum(each.level is level for each in findings)
