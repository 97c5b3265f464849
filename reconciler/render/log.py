"""The log of what was done, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.log import Flaw
from reconciler.render.documents import Document, document, value
from reconciler.render.text import Paint, clean, table
from reconciler.render.wording.log import entry_subject, entry_text, flaw_text, verification_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.log import FlawedLine, LogLine, Verification

_MOST_PROBLEMS = 20
_KEEP = "Keep this hash elsewhere: `reconciler log --expect HASH` then finds what is missing at the end."
_OWN = ("certificate", "account", "order_id")


def render_log(lines: Sequence[LogLine], *, color: bool = False) -> str:
    """Return entries for people, one a line, the newest last."""
    if not lines:
        return "No entries.\n"
    rows = [
        (f"{each.entry.time:%Y-%m-%d %H:%M:%S}", entry_subject(each.entry), entry_text(each.entry))
        for each in lines
    ]
    return "\n".join(table(("TIME (UTC)", "SUBJECT", "WHAT WAS DONE"), rows, Paint(color))) + "\n"


def log_document(lines: Sequence[LogLine]) -> Document:
    """Return entries for programs."""
    return document("log", entries=[_entry(each) for each in lines])


def render_verification(found: Verification, *, color: bool = False) -> str:
    """Return for people whether the log is as it was written, and what to keep to find out next time."""
    paint = Paint(color)
    if not found.problems:
        text = f"{paint.good(verification_text(found))}.\n"
        return (
            f"{text}The last has the hash {clean(found.last_hash)}.\n{_KEEP}\n" if found.last_hash else text
        )
    shown = [_problem(each) for each in found.problems[:_MOST_PROBLEMS]]
    left = len(found.problems) - len(shown)
    more = [f"  and {left} more"] if left else []
    return "\n".join([f"{paint.bad(verification_text(found))}.", *shown, *more]) + "\n"


def _problem(problem: FlawedLine) -> str:
    where = "" if problem.flaw is Flaw.NOT_THERE else f"line {problem.line}: "
    return f"  {where}{flaw_text(problem.flaw)}"


def verification_document(found: Verification) -> Document:
    """Return the same for programs."""
    return document(
        "log_verification",
        path=clean(found.path),
        is_whole=not found.problems,
        lines=found.lines,
        last_hash=found.last_hash,
        problems=[
            {"line": each.line, "flaw": str(each.flaw), "message": flaw_text(each.flaw)}
            for each in found.problems
        ],
    )


def _entry(line: LogLine) -> Document:
    entry = line.entry
    return {
        "line": line.number,
        "time": value(entry.time),
        "run": entry.run,
        "event": entry.event,
        **{name: _text(entry.facts.get(name)) for name in _OWN},
        "facts": {name: each for name, each in entry.facts.items() if name not in _OWN},
        "text": entry_text(entry),
        "hash": line.hash,
    }


def _text(fact: object) -> str | None:
    return fact if isinstance(fact, str) else None
