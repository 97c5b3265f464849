"""The order machine as a table and as a diagram, made from the table that the program itself goes by."""

from __future__ import annotations

from inspect import getdoc
from typing import TYPE_CHECKING

from reconciler.engine.steps import STEPS
from reconciler.model.order import Stage
from reconciler.orders.machine import TABLE, WORDS, Outcome, resumed
from reconciler.render.wording.orders import stage_text
from tools.reference.tables import table

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


def machine_table() -> str:
    """Return a row for each stage: what is done in it, and where each outcome leads."""
    everywhere = _same_everywhere()
    rows = []
    for stage, row in TABLE.items():
        leads_to = [
            f"{outcome}: `{target}`"
            for outcome, target in row.leads_to.items()
            if target is not stage and outcome not in everywhere
        ]
        step = f"`{row.step}`: {_summary(getdoc(STEPS[row.step]) or '')}"
        rows.append((f"`{stage}`", f"The order {stage_text(stage)}.", step, "<br>".join(leads_to)))
    return table(("Stage", "Meaning", "Step", "Leads to"), rows)


def closed_stages() -> str:
    """Return the stages that an order ends in."""
    rows = [
        (f"`{stage}`", f"The order {stage_text(stage)}.", "<br>".join(_words_from(stage)))
        for stage in Stage
        if stage not in TABLE
    ]
    return table(("Stage", "Meaning", "A word leads to"), rows)


def _words_from(stage: Stage) -> list[str]:
    return [f"{word}: `{target}`" for word, (stages, target) in WORDS.items() if stage in stages]


def resumed_stages() -> str:
    """Return the stages that a new run does not go on from, and where it begins instead."""
    rows = [(f"`{stage}`", f"`{resumed(stage)}`") for stage in Stage if resumed(stage) is not stage]
    return table(("Left in", "A new run begins at"), rows)


def machine_diagram() -> str:
    """Return the machine as a Mermaid state diagram; `waiting`, which stays where it is, is not drawn."""
    inside: list[str] = []
    outside: list[str] = []
    everywhere = _same_everywhere()
    for stage, row in TABLE.items():
        for outcome, target in row.leads_to.items():
            if outcome is Outcome.WAITING or outcome in everywhere:
                continue
            (inside if target in TABLE else outside).append(f"{stage} --> {target}: {outcome}")
    ends = [f"open --> {target}: {outcome}" for outcome, target in everywhere.items()]
    ends += [
        f"{source} --> {target}: {word}"
        for word, (stages, target) in WORDS.items()
        for source in _sources(stages)
    ]
    reached = {target for row in TABLE.values() for target in row.leads_to.values() if target not in TABLE}
    reached |= {target for _, target in WORDS.values()}
    final = [f"{stage} --> [*]" for stage in Stage if stage in reached]
    lines = [
        "stateDiagram-v2",
        "    [*] --> open",
        '    state "an open order" as open {',
        f"        [*] --> {Stage.NEW}",
        *(f"        {line}" for line in inside),
        "    }",
        *(f"    {line}" for line in [*outside, *ends, *final]),
    ]
    return "\n".join(["```mermaid", *lines, "```"])


def _sources(stages: AbstractSet[Stage]) -> list[str]:
    """Return where a word leads away from: all open stages are drawn as one."""
    if stages >= TABLE.keys():
        return ["open", *_sources(stages - TABLE.keys())]
    return [str(stage) for stage in Stage if stage in stages]


def _same_everywhere() -> dict[Outcome, Stage]:
    """Return the outcomes that every stage has, and that lead to one and the same from all of them."""
    rows = list(TABLE.values())
    return {
        outcome: target
        for outcome, target in rows[0].leads_to.items()
        if all(row.leads_to.get(outcome) is target for row in rows)
    }


def _summary(documentation: str) -> str:
    return " ".join(documentation.split("\n\n")[0].split())
