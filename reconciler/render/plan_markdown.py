"""A plan as Markdown: a comment on a pull request, or the summary of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.findings import findings_summary
from reconciler.render.fitting import Block, fit
from reconciler.render.flaws import flaw_finding
from reconciler.render.markdown import code, prose
from reconciler.render.preflight import fault_lines, fault_symbol, faults, preflight_summary
from reconciler.render.rows import operation_of
from reconciler.render.sections import Part, sections, symbol_of, undone
from reconciler.render.shown import says_nothing
from reconciler.render.wording.actions import detail_lines, record_lines
from reconciler.render.wording.flaws import FLAWED
from reconciler.render.wording.markdown import cut_text
from reconciler.render.wording.plans import (
    DENIED,
    FAILED,
    NOTHING,
    UNDONE,
    held_back_title,
    part_title,
    plan_summary,
    title,
)
from reconciler.render.wording.reasons import reason_text
from reconciler.render.wording.safety import LIMIT_PASSED, limit_advice, limit_text, partial_text
from reconciler.render.wording.unchanged import no_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from reconciler.model.finding import Finding
    from reconciler.model.preflight import PreflightFinding
    from reconciler.plan import actions as do
    from reconciler.plan.reasons import Reason
    from reconciler.render.sections import Section
    from reconciler.render.shown import ShownPlan

MARKER = "<!-- reconciler plan -->"
"""The first line: by it a pipeline finds its comment again. It is not shown."""

LIMIT = 65_000
"""In bytes: a comment on GitHub has at most 65,536 characters; others take more."""

_TABLE = "| | What | Why |\n| --- | --- | --- |\n"


def render_markdown(shown: ShownPlan, *, limit: int = LIMIT) -> str:
    """Return a plan as Markdown of at most `limit` bytes; what is not shown is counted."""
    plan = shown.plan
    nothing = says_nothing(plan)
    summary = no_changes(plan.unchanged) if nothing and not plan.flawed else plan_summary(plan)
    blocks = [*_notes(plan)]
    if plan.flawed:
        blocks.append(_findings([*map(flaw_finding, plan.flawed)], FLAWED.capitalize(), "record"))
    if plan.denied:
        blocks.append(_findings(plan.denied, DENIED.capitalize(), "denial"))
    if not nothing or undone(shown):
        for section in sections(shown):
            blocks += _section(section, shown)
        blocks += _undone(shown)
    if shown.preflight is not None:
        blocks += _preflight(shown.preflight)
    if shown.warnings:
        blocks.append(_findings(shown.warnings, findings_summary(shown.warnings).capitalize(), "warning"))
    blocks += _details(plan)
    digest = f"\nDigest: {code(shown.digest)}\n" if shown.digest else ""
    return fit(_head(summary), blocks, digest, limit, _cut)


def render_findings_markdown(findings: Sequence[Finding], *, limit: int = LIMIT, failed: bool = False) -> str:
    """Return what is wrong in a tree that cannot be planned as Markdown of at most `limit` bytes.

    Args:
        findings: what is wrong.
        limit: how long it may become.
        failed: whether it is not the tree that is invalid, but the run that has failed.
    """
    head = _head(FAILED if failed else f"The tree is invalid: {findings_summary(findings)}.")
    return fit(head, [_findings(findings, None, "finding")], "", limit, _cut)


def _head(summary: str) -> str:
    return f"{MARKER}\n### {summary.rstrip('.')}\n"


def _cut(missing: Mapping[str, int], shortened: Mapping[str, int]) -> str:
    return f"\n**{cut_text(missing, shortened)}**\n"


def _notes(plan: do.Plan) -> list[Block]:
    """Return what has to be known of a plan as a whole."""
    notes: list[tuple[str, ...]] = []
    if plan.passed_limits:
        said = (line for each in plan.passed_limits for line in (limit_text(each), limit_advice(each)))
        lines = "".join(f"  - {prose(each)}\n" for each in said)
        notes.append((f"- **{LIMIT_PASSED.capitalize()}.**\n{lines}",))
    if plan.selection.is_partial:
        text = partial_text(plan.selection)
        short = text.partition(":")[0]
        notes.append(tuple(f"- {prose(each[0].upper() + each[1:])}\n" for each in (text, short)))
    return [Block("note", notes, "\n")] if notes else []


def _findings(findings: Sequence[Finding], heading: str | None, noun: str) -> Block:
    return Block(noun, [_finding(each) for each in findings], f"\n#### {heading}\n\n" if heading else "\n")


def _finding(finding: Finding) -> tuple[str, ...]:
    place, word = code(finding.location), code(finding.code)
    hint = f"  - {prose(finding.hint)}\n" if finding.hint else ""
    said = f"- {place}: {finding.severity}: {prose(finding.message)} ({word})\n"
    return f"{said}{hint}", f"- {place}: {finding.severity} ({word})\n"


def _section(section: Section, shown: ShownPlan) -> list[Block]:
    """Return a part of a plan as a table; what is due anyway is left out where nothing is."""
    plan = section.plan
    rows = [
        *(_row(symbol_of(each), _title(each), each.reasons, plan.now) for each in plan.actions),
        *(_row("!", held_back_title(each, plan.now), each.reasons, plan.now) for each in section.held),
    ]
    heading = ""
    if shown.comparison is not None:
        heading = f"\n#### {prose(part_title(section.part, shown.comparison))}\n"
        if not rows and section.part is Part.CHANGED:
            return [Block("part", [(f"{heading}\n{NOTHING.capitalize()}.\n",)])]
    return [Block("action", rows, f"{heading}\n{_TABLE}")] if rows else []


def _title(action: do.Action) -> str:
    return title(action, operation_of(action))


def _row(symbol: str, what: str, reasons: Iterable[Reason], now: datetime) -> tuple[str, ...]:
    why = "<br>".join(prose(reason_text(each, now)) for each in reasons)
    return f"| {code(symbol)} | {prose(what)} | {why} |\n", f"| {code(symbol)} | {prose(what)} | |\n"


def _undone(shown: ShownPlan) -> list[Block]:
    gone = undone(shown)
    entries = [(f"- {code(symbol_of(each))} {prose(_title(each))}\n",) for each in gone]
    return [Block("action", entries, f"\n#### {UNDONE}\n\n")] if gone else []


def _preflight(findings: Sequence[PreflightFinding]) -> list[Block]:
    found = faults(findings)
    entries = []
    for about in found:
        headline, details = fault_lines(about)
        first = f"- {code(fault_symbol(about))} {prose(headline)}\n"
        entries.append((first + "".join(f"  - {prose(each)}\n" for each in details), first))
    return [Block("fault", [("",), *entries], f"\n#### {preflight_summary(findings).rstrip('.')}\n\n")]


def _details(plan: do.Plan) -> list[Block]:
    """Return what actions are about, folded."""
    entries = [entry for each in plan.actions if (entry := _detail(each))]
    opening = "\n<details>\n<summary>Details</summary>\n\n"
    return [Block("detail", [(each,) for each in entries], opening, "\n</details>\n")] if entries else []


def _detail(action: do.Action) -> str:
    lines = []
    for line in detail_lines(action):
        indent = " " * (len(line) - len(line.lstrip(" ")))
        lines.append(f"  {indent}- {prose(line)}\n")
    for says, records in record_lines(action):
        lines += [f"  - {prose(says)}\n", *(f"    - {code(each)}\n" for each in records)]
    return f"- {prose(_title(action))}\n{''.join(lines)}" if lines else ""
