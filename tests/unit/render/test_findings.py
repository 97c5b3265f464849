"""Findings as text and as a document."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest

from reconciler.model.finding import Finding, Location, Severity
from reconciler.render.findings import findings_document, render_findings

UNKNOWN = Finding(
    code="unknown-field",
    message="unknown field `identifers`",
    location=Location("certificates/shop/www.yaml", 3, 1, 10),
    source="identifers: [www.example.com]",
    hint="did you mean `identifiers`?",
)
WARNING = Finding(
    code="not-supported-yet",
    message="the option `globs` grants nothing",
    location=Location("roles/web.yaml", 12, 4, 5),
    severity=Severity.WARNING,
    source="  - globs  ",
)
WHOLE_FILE = Finding("too-large", "the file is too large", Location("roles/big.yaml"))


def text(expected: str) -> str:
    return dedent(expected).removeprefix("\n")


def test_golden() -> None:
    assert render_findings([UNKNOWN, WARNING, WHOLE_FILE]) == text("""
        certificates/shop/www.yaml:3:1: error: unknown field `identifers` [unknown-field]
          |
        3 | identifers: [www.example.com]
          | ^^^^^^^^^^
        help: did you mean `identifiers`?

        roles/web.yaml:12:4: warning: the option `globs` grants nothing [not-supported-yet]
           |
        12 |   - globs
           |    ^^^^^

        roles/big.yaml: error: the file is too large [too-large]

        2 errors, 1 warning in 3 files
        """)


def test_nothing() -> None:
    assert render_findings([]) == ""


def test_one() -> None:
    assert render_findings([WHOLE_FILE]).endswith("\n\n1 error in 1 file\n")
    assert render_findings([WARNING]).endswith("\n\n1 warning in 1 file\n")


def test_beyond_the_limit_they_are_counted() -> None:
    many = [WHOLE_FILE] * 5 + [WARNING] * 2
    shown = render_findings(many, limit=2)
    assert shown.count("[too-large]") == 2
    assert shown.endswith("... and 5 more (`--format json` shows all)\n\n5 errors, 2 warnings in 2 files\n")
    assert "more" not in render_findings(many, limit=7)
    assert "more" not in render_findings(many * 100, limit=None)
    assert "... and 600 more (" in render_findings(many * 100)


@pytest.mark.parametrize(
    ("source", "column", "length", "line", "carets"),
    [
        ("a: b", 4, 1, "a: b", "   ^"),
        ("\ta: b", 2, 1, "    a: b", "    ^"),
        ("a:\tb", 4, 1, "a:    b", "      ^"),
        ("日本: x", 5, 1, "日本: x", "      ^"),
        ("a: 日本x", 4, 3, "a: 日本x", "   ^^^^^"),
        ("e\u0301: x", 5, 1, "e\u0301: x", "   ^"),
        ("a: \x1b[2Jx", 4, 5, "a: \\x1b[2Jx", "   ^^^^^^^^"),
        ("a: \u202ex", 5, 1, "a: \\u202ex", "         ^"),
        ("a:", 3, 1, "a:", "  ^"),
        ("a:", 99, 5, "a:", "  ^"),
        ("a: b", 4, 99, "a: b", "   ^"),
    ],
)
def test_the_caret_is_below_what_is_meant(
    source: str, column: int, length: int, line: str, carets: str
) -> None:
    finding = Finding("x", "x", Location("x.yaml", 1, column, length), source=source)
    assert render_findings([finding]).splitlines()[2:4] == [f"1 | {line}", f"  | {carets}"]


@pytest.mark.parametrize(("column", "length"), [(1, 3), (500_000, 10), (999_990, 11), (500_000, 400_000)])
def test_of_a_long_line_only_the_part_that_is_meant_is_shown(column: int, length: int) -> None:
    source = "a" * (column - 1) + "b" * length
    source += "c" * (1_000_000 - len(source))
    shown, carets = render_findings(
        [Finding("x", "x", Location("x", 1, column, length), source=source)]
    ).splitlines()[2:4]
    assert len(shown) < 140
    first = carets.index("^")
    assert shown[first] == "b"
    assert set(shown[first : len(carets)]) == {"b"}
    assert shown.startswith("1 | ...") == (column > 1)


def test_what_comes_from_files_cannot_act_on_the_terminal() -> None:
    location = Location("a\x1b]0;x\x07/\udcff.yaml", 1, 1)
    finding = Finding("x", "m\r\n::error::\x9b", location, source="s\x1b[31m\x08", hint="h\u2066\n")
    for color in (False, True):
        shown = render_findings([finding], color=color).replace("\n", "")
        shown = shown.replace("\x1b[31m", "").replace("\x1b[1m", "").replace("\x1b[0m", "")
        assert shown.isprintable()
        shown.encode()


def test_color_is_more_but_not_other_text() -> None:
    shown = render_findings([UNKNOWN, WARNING], color=True)
    assert "\x1b[31merror\x1b[0m: unknown field" in shown
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[33m"):
        shown = shown.replace(code, "")
    assert shown == render_findings([UNKNOWN, WARNING])


def test_document() -> None:
    document = findings_document([UNKNOWN, WHOLE_FILE])
    assert document["findings"][0] == {
        "path": "certificates/shop/www.yaml",
        "line": 3,
        "column": 1,
        "severity": "error",
        "code": "unknown-field",
        "message": "unknown field `identifers`",
        "hint": "did you mean `identifiers`?",
    }
    assert document["findings"][1]["line"] == 0
    assert json.loads(json.dumps(document)) == document
