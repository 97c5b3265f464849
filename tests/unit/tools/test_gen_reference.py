"""The generated parts of the documentation, and that they are up to date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from reconciler.model.order import Stage
from reconciler.orders.machine import TABLE, WORDS, Outcome
from tools import gen_reference
from tools.reference import machine, outputs, schemas
from tools.reference.blocks import UnknownBlockError, fill, names_in
from tools.reference.tables import table

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "before\n\n<!-- generated: word -->\nold\n<!-- end of generated -->\n\nafter\n"
FILLED = "before\n\n<!-- generated: word -->\n\nnew\n\n<!-- end of generated -->\n\nafter\n"


def test_the_documentation_is_up_to_date() -> None:
    stale = [str(path) for path in gen_reference.stale_pages(gen_reference.DOCS)]
    assert not stale, "run `python -m tools.gen_reference`, and commit what it writes"


def test_files_that_are_generated_as_a_whole_are_up_to_date() -> None:
    stale = [str(path) for path in gen_reference.stale_files(gen_reference.DOCS.parent)]
    assert not stale, "run `python -m tools.gen_reference`, and commit what it writes"


def test_all_that_can_be_generated_is_shown_on_one_page() -> None:
    shown = [name for path in gen_reference.DOCS.rglob("*.md") for name in names_in(path.read_text("utf-8"))]
    assert sorted(shown) == sorted(gen_reference.CONTENTS)


def test_a_block_is_replaced_and_nothing_else() -> None:
    contents = {"word": lambda: "\nnew\n"}
    assert fill(PAGE, contents) == FILLED
    assert fill(FILLED, contents) == FILLED


def test_a_block_that_nothing_fills_is_an_error() -> None:
    with pytest.raises(UnknownBlockError, match="'word'; there are: other, others"):
        fill(PAGE, {"others": str, "other": str})


@pytest.mark.parametrize("marker", ["<!-- generated: word -->", "<!-- end of generated -->"])
def test_a_marker_that_stands_alone_is_an_error(marker: str) -> None:
    with pytest.raises(UnknownBlockError, match="stands alone"):
        fill(f"{PAGE}{marker}\n", {"word": str})


def test_check_names_stale_pages_and_leaves_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "docs" / "inner" / "page.md"
    page.parent.mkdir(parents=True)
    page.write_text(PAGE)
    monkeypatch.setattr(gen_reference, "DOCS", tmp_path / "docs")
    monkeypatch.setattr(gen_reference, "CONTENTS", {"word": lambda: "new"})

    assert gen_reference.main(["--check"]) == 1
    assert "docs/inner/page.md is stale" in capsys.readouterr().err
    assert page.read_text() == PAGE

    assert not (tmp_path / "schemas").exists()

    assert gen_reference.main([]) == 0
    assert page.read_text() == FILLED
    assert (tmp_path / "schemas" / "catalog.json").is_file()
    assert gen_reference.main(["--check"]) == 0


def test_an_unknown_block_is_said_with_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    monkeypatch.setattr(gen_reference, "DOCS", tmp_path)
    monkeypatch.setattr(gen_reference, "CONTENTS", {})
    assert gen_reference.main([]) == 1
    assert "page.md: nothing is known as 'word'" in capsys.readouterr().err


def test_a_table_is_not_broken_by_what_is_in_it() -> None:
    assert table(("a",), [("x|y\nz",)]) == "| a |\n| --- |\n| x\\|y z |"


def test_the_diagram_has_every_transition() -> None:
    drawn = set(re.findall(r"^ *(\w+) --> (\w+): (\w+)$", machine.machine_diagram(), re.MULTILINE))
    missing = [
        (stage, target, outcome)
        for stage, row in TABLE.items()
        for outcome, target in row.leads_to.items()
        if outcome is not Outcome.WAITING
        and not {(str(stage), str(target), str(outcome)), ("open", str(target), str(outcome))} & drawn
    ]
    assert not missing
    steps = {
        ("open" if target in ("expired", "error") else stage, target, outcome)
        for stage, row in TABLE.items()
        for outcome, target in row.leads_to.items()
        if outcome is not Outcome.WAITING
    }
    assert len(drawn) == len(steps) + len(WORDS)


def test_the_diagram_has_every_word_that_people_can_say() -> None:
    drawn = machine.machine_diagram().splitlines()
    assert "    open --> error: cancelled" in drawn
    assert "    completed --> revoked: revoked" in drawn
    ends = {line.split()[0] for line in drawn if line.endswith("--> [*]")}
    assert ends == {str(stage) for stage in Stage if stage not in TABLE}


def test_the_table_of_ends_says_which_word_leads_on() -> None:
    rows = [line.strip("| ").split(" | ") for line in machine.closed_stages().splitlines()[2:]]
    assert [row[0] for row in rows] == [f"`{stage}`" for stage in Stage if stage not in TABLE]
    assert [row[2] for row in rows if len(row) > 2] == ["revoked: `revoked`"]


def test_fields_inside_of_fields_are_shown_by_their_paths() -> None:
    text = schemas.resource_fields("reconciler")
    assert "## challenges.http-01.webroot\n" in text
    assert "- Default: `2m`" in text.split("## dns.propagation.timeout\n")[1].split("\n## ")[0]
    assert "- Required" in text.split("## renew.before\n")[1].split("\n## ")[0]


def test_every_output_schema_has_a_section() -> None:
    headings = set(re.findall(r"^## (\w+)$", outputs.output_sections(), re.MULTILINE))
    folder = schemas.SCHEMAS / "output"
    names = {path.name.removesuffix(".schema.json") for path in folder.glob("*.schema.json")}
    assert names - {"common"} <= headings
