"""Results as tables: Markdown for people, a document for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Column:
    """A figure's name, with its unit, and how many digits of it mean something."""

    name: str
    digits: int = 2


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one thing; with `digits` of its own where its figures are not the columns'.

    A figure is None where the column says nothing about this thing.
    """

    name: str
    figures: tuple[Series | None, ...]
    digits: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """What one benchmark has found; the notes say what it takes to read it."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def compared(runs: Mapping[str, Sequence[tuple[float, ...]]]) -> tuple[Row, ...]:
    """Return a row for each of one or two that were measured, and how the first compares with the second.

    Args:
        runs: the figures of each run, by what was measured.
    """
    series = {name: [Series(values) for values in zip(*found, strict=True)] for name, found in runs.items()}
    rows = [Row(name, tuple(figures)) for name, figures in series.items()]
    if len(rows) > 1:
        ours, theirs = series.values()
        # Run by run, so that what slows the machine down for a while cancels out.
        rows.append(Row("ratio", tuple(map(Series.over, ours, theirs)), digits=2))
    return tuple(rows)


def render(machine: Mapping[str, str], tables: Iterable[Table]) -> str:
    """Return everything as Markdown; figures are medians, with (smallest..largest)."""
    about = "; ".join(f"{name} {value}" for name, value in machine.items())
    return "\n".join([f"Machine: {about}.", *(_table(table) for table in tables)])


def document(machine: Mapping[str, str], tables: Iterable[Table]) -> dict[str, Any]:
    """Return everything as JSON has it, with the values of all runs."""
    return {
        "format_version": FORMAT_VERSION,
        "machine": dict(machine),
        "tables": [_as_mapping(table) for table in tables],
    }


def _table(table: Table) -> str:
    lines = [["", *(column.name for column in table.columns)]]
    for row in table.rows:
        digits = [column.digits if row.digits is None else row.digits for column in table.columns]
        shown = (
            figure.shown(digit) if figure else "" for figure, digit in zip(row.figures, digits, strict=True)
        )
        lines.append([row.name, *shown])
    widths = [max(len(line[index]) for line in lines) for index in range(len(lines[0]))]
    rule = "|".join(["", "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:]), ""])
    notes = [f"\n{note}" for note in table.notes]
    head, *body = (_line(line, widths) for line in lines)
    return "\n".join([f"\n### {table.title}\n", head, rule, *body, *notes])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    return f"| {' | '.join([first, *map(str.rjust, cells[1:], widths[1:])])} |"


def _as_mapping(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "rows": [
            {
                "name": row.name,
                "figures": {
                    column.name: {"median": figure.median, "values": list(figure.values)}
                    for figure, column in zip(row.figures, table.columns, strict=True)
                    if figure
                },
            }
            for row in table.rows
        ],
        "notes": list(table.notes),
    }
