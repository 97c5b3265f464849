"""A plan as text: a block for each action with its reasons, what is unchanged hidden, one summary line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.findings import render_findings
from reconciler.render.flaws import render_flaws
from reconciler.render.rows import operation_of
from reconciler.render.sections import Part, sections, symbol_of, undone
from reconciler.render.shown import says_nothing
from reconciler.render.text import Paint, wrap
from reconciler.render.wording.actions import detail_lines, record_lines
from reconciler.render.wording.flaws import FLAWED
from reconciler.render.wording.plans import (
    DENIED,
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
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from reconciler.plan import actions as do
    from reconciler.plan.reasons import Reason
    from reconciler.render.sections import Section
    from reconciler.render.shown import ShownPlan

_INDENT = 6
_SET_IN = 2


def render_blocks(shown: ShownPlan, *, color: bool, width: int, limit: int | None) -> str:
    """Return what there is to say of a plan, summary included; arguments as of `render_plan`."""
    writer = _Writer(Paint(color), width, limit)
    plan, gone = shown.plan, undone(shown)
    blocks = []
    if not says_nothing(plan) or gone:
        for section in sections(shown):
            blocks += writer.section(section, shown)
        if gone:
            blocks += [writer.part(UNDONE), *(writer.action(each, plan.now, short=True) for each in gone)]
    blocks += writer.notes(plan)
    nothing = says_nothing(plan) and not plan.flawed
    last = no_changes(plan.unchanged) if nothing else writer.paint.strong(plan_summary(plan))
    return "\n\n".join([*blocks, last]) + "\n"


class _Writer:
    """Makes blocks of lines that have one width."""

    def __init__(self, paint: Paint, width: int, limit: int | None) -> None:
        self.paint = paint
        self._width = width
        self._limit = limit

    def section(self, section: Section, shown: ShownPlan) -> list[str]:
        """Return a part of a plan; what is due anyway is left out where nothing is."""
        plan = section.plan
        if section.part is Part.DUE and says_nothing(plan):
            return []
        blocks = []
        if shown.comparison is not None:
            blocks.append(self.part(part_title(section.part, shown.comparison)))
            blocks += [f"  {NOTHING}"] if says_nothing(plan) else []
        blocks += [self.action(action, plan.now) for action in plan.actions]
        blocks += [self._held_back(each, plan.now) for each in section.held]
        if plan.denied:
            found = render_findings(plan.denied, limit=self._limit, color=self.paint.on).rstrip("\n")
            blocks += [self._heading(self.paint.bad("!"), DENIED), found]
        return blocks

    def part(self, words: str) -> str:
        """Return the heading of a part."""
        return self.paint.strong(f"{words}:")

    def action(self, action: do.Action, now: datetime, *, short: bool = False) -> str:
        """Return an action, with why, and what it is about; or its title alone."""
        heading = self._heading(self._symbol(action), title(action, operation_of(action)))
        if short:
            return heading
        lines = [*_reasons(action.reasons, now), *detail_lines(action)]
        return "\n".join([heading, *self._indented(lines), *self._records(action)])

    def notes(self, plan: do.Plan) -> list[str]:
        """Return what has to be known of a plan as a whole."""
        sign = self.paint.bad("!")
        blocks = []
        if plan.selection.is_partial:
            blocks.append(self._heading(self.paint.change("!"), partial_text(plan.selection)))
        if plan.passed_limits:
            lines = [line for each in plan.passed_limits for line in (limit_text(each), limit_advice(each))]
            blocks.append("\n".join([self._heading(sign, LIMIT_PASSED), *self._indented(lines)]))
        if plan.flawed:
            found = render_flaws(plan.flawed, limit=self._limit, color=self.paint.on).rstrip("\n")
            blocks += [self._heading(sign, FLAWED), found]
        return blocks

    def _held_back(self, held: do.HeldBack | do.HeldBackKey | do.HeldBackAction, now: datetime) -> str:
        heading = self._heading(self.paint.change("!"), held_back_title(held, now))
        return "\n".join([heading, *self._indented(_reasons(held.reasons, now))])

    def _heading(self, symbol: str, words: str) -> str:
        first, *others = wrap(words, _INDENT, self._width)
        lines = [f"  {symbol} {self.paint.strong(first)}"]
        return "\n".join([*lines, *(" " * _INDENT + self.paint.strong(each) for each in others)])

    def _records(self, action: do.Action) -> list[str]:
        """Return the records that have to stand, each whole in a line, to be copied."""
        return [
            line
            for says, records in record_lines(action)
            for line in (*self._indented([says]), *(" " * (_INDENT + _SET_IN) + each for each in records))
        ]

    def _symbol(self, action: do.Action) -> str:
        symbol = symbol_of(action)
        match symbol:
            case "+":
                return self.paint.good(symbol)
            case "-":
                return self.paint.bad(symbol)
            case _:
                return self.paint.change(symbol)

    def _indented(self, lines: Sequence[str]) -> list[str]:
        """Return lines as they fit; what goes on in the next one is set in."""
        indented = []
        for line in lines:
            text = line.lstrip(" ")
            indent = _INDENT + len(line) - len(text)
            first, *others = wrap(text, indent + _SET_IN, self._width)
            indented += [" " * indent + first, *(" " * (indent + _SET_IN) + each for each in others)]
        return indented


def _reasons(reasons: Iterable[Reason], now: datetime) -> list[str]:
    return [reason_text(reason, now) for reason in reasons]
