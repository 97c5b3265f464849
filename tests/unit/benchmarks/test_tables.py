from __future__ import annotations

import json

from benchmarks.figures import Series
from benchmarks.tables import Column, Row, Table, document, render

MACHINE = {"processor": "2 x Slow", "python": "3.11.7"}
TABLE = Table(
    "Running",
    (Column("wall (s)"), Column("memory (MiB)", 0)),
    (
        Row("tortoise", (Series((9.0, 10.0, 11.0)), Series((20.0, 20.0, 21.0)))),
        Row("ratio", (Series((0.5, 0.5, 0.5)), None), digits=1),
    ),
    ("In turns.",),
)


def test_people_get_markdown() -> None:
    assert render(MACHINE, [TABLE]).splitlines() == [
        "Machine: processor 2 x Slow; python 3.11.7.",
        "",
        "### Running",
        "",
        "|          |            wall (s) | memory (MiB) |",
        "|----------|--------------------:|-------------:|",
        "| tortoise | 10.00 (9.00..11.00) |  20 (20..21) |",
        "| ratio    |                 0.5 |              |",
        "",
        "In turns.",
    ]


def test_programs_get_every_value() -> None:
    written = json.loads(json.dumps(document(MACHINE, [TABLE])))
    assert written["format_version"] == 1
    assert written["machine"] == MACHINE
    [table] = written["tables"]
    assert table["title"] == "Running"
    assert table["notes"] == ["In turns."]
    assert table["rows"][0] == {
        "name": "tortoise",
        "figures": {
            "wall (s)": {"median": 10.0, "values": [9.0, 10.0, 11.0]},
            "memory (MiB)": {"median": 20.0, "values": [20.0, 20.0, 21.0]},
        },
    }
    assert table["rows"][1]["figures"].keys() == {"wall (s)"}
