"""Records that cannot be read: commands say where, do the rest, and end so that nobody overlooks it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconciler.render.report_kinds import ReportKind
from tests.acceptance.trees import write_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram
    from tests.engine.rig import Rig

API = {"certificates/api.yaml": "role: web\nidentifiers: [api.example.com]\n"}
RECORD = "state/certificates/www.yaml"
BAD = "the field `not_before` is 'yesterday'; a time such as 2026-01-31T12:00:00Z is expected"


@pytest.fixture
def issued(rig: Rig, tree: Path, program: RunProgram) -> Path:
    """Have a certificate, want another, and damage the record of the first."""
    assert program("apply").code == 0
    write_tree(tree, **API)
    damage(tree)
    return tree


def damage(tree: Path) -> None:
    path = tree / RECORD
    (tree / "record").write_text(path.read_text())
    lines = path.read_text().splitlines()
    lines[line_of(lines) - 1] = "not_before: yesterday"
    path.write_text("\n".join(lines) + "\n")


def line_of(lines: list[str]) -> int:
    return next(number for number, line in enumerate(lines, 1) if line.startswith("not_before"))


def place(tree: Path) -> str:
    return f"{RECORD}:{line_of((tree / RECORD).read_text().splitlines())}"


def test_the_plan_shows_the_rest_and_the_error(issued: Path, program: RunProgram) -> None:
    ran = program("plan")
    assert ran.code == 1
    assert "order certificate api" in ran.out
    assert f"{place(issued)}:1: error: the record of certificate www cannot be read: {BAD}" in ran.out
    assert "nothing is done about this certificate; take the file back as it was" in ran.out
    assert "held back: certificate www until the record is mended" in ran.out
    assert "order certificate www" not in ran.out
    document = program("plan", "--format", "json").document
    [flaw] = document["flawed"]
    assert (flaw["kind"], flaw["name"], flaw["path"]) == ("certificate", "www", RECORD)
    assert (flaw["message"], flaw["certificates"], document["summary"]["flawed"]) == (BAD, ["www"], 1)


def test_apply_does_the_rest_and_touches_nothing_of_it(issued: Path, rig: Rig, program: RunProgram) -> None:
    before = {path: path.read_bytes() for path in issued.rglob("*") if path.is_file() and "www" in path.name}
    ran = program("apply", "--format", "json")
    assert ran.code == 4
    assert [each["certificate"] for each in ran.document["issued"]] == ["api"]
    assert [each["path"] for each in ran.document["plan"]["flawed"]] == [RECORD]
    assert {path: path.read_bytes() for path in before} == before
    assert len(rig.server.orders) == 2
    # Again: nothing is left to do, but the error is.
    again = program("apply")
    assert (again.code, len(rig.server.orders)) == (4, 2)
    assert f"{place(issued)}:1: error:" in again.out
    # Mended, it is as it was.
    (issued / RECORD).write_text((issued / "record").read_text())
    assert program("apply").code == 0
    assert len(rig.server.orders) == 2


@pytest.mark.parametrize(
    ("command", "shows"),
    [
        (("status",), "www"),
        (("certificate", "list"), "api"),
        (("order", "list"), "api"),
        (("account", "list"), "ca"),
    ],
)
def test_lists_show_the_rest(issued: Path, program: RunProgram, command: tuple[str, ...], shows: str) -> None:
    program("apply")
    for kind in ("orders", "accounts"):
        (issued / "state" / kind / "zz.yaml").write_text("")
    ran = program(*command)
    assert ran.code == 1
    assert shows in ran.out
    assert "cannot be read: " in ran.err
    as_json = program(*command, "--format", "json")
    assert as_json.code == 1
    assert as_json.document["flawed"]
    assert not as_json.err


def test_status_does_not_say_that_there_is_none(issued: Path, program: RunProgram) -> None:
    document = program("status", "--format", "json").document
    [www] = [each for each in document["certificates"] if each["name"] == "www"]
    assert (www["validity"], www["held"], www["operation"]) == ("unknown", True, None)
    assert "1 unknown" in program("status").out


def test_one_that_is_asked_for_by_name(issued: Path, program: RunProgram) -> None:
    for command in (("certificate", "show", "www"), ("certificate", "fetch", "www")):
        ran = program(*command)
        assert ran.code == 1
        assert f"{place(issued)}: {BAD}" in " ".join(ran.err.split())
    program("apply")
    assert program("certificate", "show", "api").code == 0
    assert program("certificate", "fetch", "api").code == 0


def test_validate_is_about_the_tree_alone(issued: Path, program: RunProgram) -> None:
    assert program("validate").code == 0


def test_reports_have_it_as_an_error_of_the_record(issued: Path, program: RunProgram, tmp_path: Path) -> None:
    line = place(issued).rpartition(":")[2]
    reports = {kind: tmp_path / f"report.{kind}" for kind in ReportKind}
    options = [each for kind, path in reports.items() for each in ("--report", f"{kind}={path}")]
    assert program("plan", *options).code == 1
    texts = {kind: path.read_text() for kind, path in reports.items()}
    told = f"::error file={RECORD},line={line},endLine={line},col=1,endColumn=2,title="
    assert told in texts[ReportKind.GITHUB]
    [result] = json.loads(texts[ReportKind.SARIF])["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("record-flawed", "error")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == RECORD
    [quality] = json.loads(texts[ReportKind.CODEQUALITY])
    assert quality["location"] == {"path": RECORD, "lines": {"begin": int(line)}}
    assert (
        '<testcase classname="certificates" name="www">\n      <failure type="record-flawed"'
        in texts[ReportKind.JUNIT]
    )
    assert f"`{RECORD}:{line}:1`: error: the record of certificate www" in texts[ReportKind.MARKDOWN]
    assert "1 record unreadable" in texts[ReportKind.TEXT]


def test_a_part_of_the_tree_knows_nothing_of_what_the_rest_has(issued: Path, program: RunProgram) -> None:
    assert program("plan", "--select", "api").code == 0
    assert program("plan", "--select", "www").code == 1


def test_a_state_outside_of_the_tree(rig: Rig, tree: Path, program: RunProgram, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-state"
    write_tree(tree, **{"reconciler.yaml": f"state: {outside}\n"})
    (outside / "certificates").mkdir(parents=True)
    (outside / "certificates/www.yaml").write_text("")
    ran = program("plan", "--format", "json")
    [flaw] = ran.document["flawed"]
    assert flaw["path"] == f"{outside}/certificates/www.yaml"
    report = program("plan", "--report", "github=-")
    assert report.out.startswith(
        "::error file=reconciler.yaml,title=reconciler%3A record-flawed::" + str(outside)
    )


def test_an_account_whose_record_is_damaged_is_not_registered_anew(
    rig: Rig, tree: Path, program: RunProgram
) -> None:
    assert program("apply").code == 0
    write_tree(tree, **API)
    path = tree / "state/accounts/ca.yaml"
    record, key = path.read_bytes(), (tree / "state/accounts/ca/key-0.pem").read_bytes()
    path.write_bytes(b"<<<<<<< HEAD\n" + record)
    ran = program("apply")
    assert ran.code == 4
    assert "it is an unresolved merge of Git" in ran.out
    assert len(rig.server.accounts) == 1
    assert (tree / "state/accounts/ca/key-0.pem").read_bytes() == key
    for command in (
        ("account", "rotate-key", "ca"),
        ("account", "show", "ca"),
        ("account", "deactivate", "ca", "--force"),
    ):
        assert program(*command).code == 1
    path.write_bytes(record)
    assert program("apply").code == 0


def test_an_order_that_is_no_more_than_a_name_is_not_made_again(
    rig: Rig, tree: Path, program: RunProgram
) -> None:
    rig.server.sees = lambda *_: False
    program("apply")
    [path] = (tree / "state/orders").glob("*.yaml")
    record = path.read_bytes()
    path.write_bytes(b"")
    rig.clock.advance(days=2)
    ran = program("apply")
    assert ran.code == 4
    assert "nobody knows for which certificate it is: no order is begun for www.example.com" in ran.out
    assert len(rig.server.orders) == 1
    (path.with_suffix("") / "csr.pem").unlink()
    assert "no order is begun, so that none is made twice" in program("apply").out
    assert program("order", "show", "www").code == 1
    assert program("order", "fulfilled", "--all").code == 1
    assert len(rig.server.orders) == 1
    path.write_bytes(record)
    assert program("plan").code == 0


def test_the_state_as_a_whole_is_refused_without_its_format(issued: Path, program: RunProgram) -> None:
    (issued / "state/meta.yaml").write_text("")
    for command in ("plan", "apply", "status"):
        ran = program(command)
        assert (ran.code, ran.out) == (1, "")
        assert "state/meta.yaml: it is empty" in ran.err
