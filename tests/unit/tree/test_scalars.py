"""Plain scalars: text as it was written, unless the schema wants something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.tree import load_tree
from reconciler.tree.coerce import Wanted, to_value, wanted_by
from reconciler.tree.document import parse
from reconciler.tree.source import Source
from tests.unit.tree.trees import findings_of, found, make_tree

if TYPE_CHECKING:
    from pathlib import Path

# What YAML 1.1 makes booleans, sexagesimals, octals, dates, floats and nulls of.
TRAPS = [
    "no",
    "NO",
    "off",
    "y",
    "yes",
    "true",
    "1:20",
    "0x10",
    "010",
    "0o17",
    "1_000",
    "2026-01-01",
    "1e3",
    ".5",
    "null",
    "~",
]
TRAPS += ["12", "-1", ".inf", ".nan", "2026-01-01T00:00:00Z", "=", "0b1"]


def read(text: str, wanted: Wanted) -> Any:  # noqa: ANN401
    source = Source("x.yaml", text)
    root = parse(source)
    assert root is not None
    assert source.findings == []
    return to_value(root, wanted)


@pytest.mark.parametrize("trap", TRAPS)
def test_text_stays_what_was_written(tmp_path: Path, trap: str) -> None:
    account = f"directory_url: https://ca.example/\neab_kid: {trap}\neab_key: {{env: KEY}}\n"
    make_tree(tmp_path, {"accounts/le.yaml": account, "reconciler.yaml": f"state: {trap}\noutput: certs\n"})
    tree = load_tree(tmp_path)
    assert tree.accounts["le"].eab_kid == trap
    assert tree.settings.state == trap


@pytest.mark.parametrize("trap", TRAPS)
def test_names_and_references_stay_what_was_written(tmp_path: Path, trap: str) -> None:
    make_tree(tmp_path, {"certificates/www.yaml": f"role: {trap}\nidentifiers: [{trap}, www.example.com]\n"})
    reference, identifier = findings_of(tmp_path)
    assert reference.message == f"there is no role `{trap}`"
    assert identifier.message.startswith(repr(trap))


@pytest.mark.parametrize(
    ("text", "expected"), [("true", True), ("True", True), ("TRUE", True), ("false", False), ("FALSE", False)]
)
def test_booleans_where_the_schema_wants_them(tmp_path: Path, text: str, expected: bool) -> None:
    account = f"directory_url: https://ca.example/\nterms_of_service_agreed: {text}\n"
    make_tree(tmp_path, {"accounts/le.yaml": account})
    assert load_tree(tmp_path).accounts["le"].terms_of_service_agreed is expected


@pytest.mark.parametrize("text", ["yes", "on", "1", "tRUE", '"true"', "", "null", "[true]", "!!str true"])
def test_no_other_booleans(tmp_path: Path, text: str) -> None:
    account = f"directory_url: https://ca.example/\nterms_of_service_agreed: {text}\n"
    make_tree(tmp_path, {"accounts/le.yaml": account})
    assert len(found(tmp_path)) == 1
    assert found(tmp_path)[0].endswith("wrong-type")


@pytest.mark.parametrize(
    ("text", "type_", "expected"),
    [
        ("12", "integer", 12),
        ("-012", "integer", -12),
        ("+3", "integer", 3),
        ("0x10", "integer", "0x10"),
        ("1_000", "integer", "1_000"),
        ("1:20", "integer", "1:20"),
        ("1.0", "integer", "1.0"),
        ("9" * 19, "integer", "9" * 19),
        ("\u0663", "integer", "\u0663"),
        ("1e3", "number", 1000.0),
        (".5", "number", 0.5),
        ("7", "number", 7),
        (".inf", "number", ".inf"),
        ("~", "null", None),
        ("null", "null", None),
        ("", "null", None),
        ("nothing", "null", "nothing"),
        ("", "object", None),
        ("~", "object", "~"),
        ("12", ["integer", "string"], "12"),
    ],
)
def test_core_schema(text: str, type_: str | list[str], expected: object) -> None:
    wanted = wanted_by({"type": "object", "properties": {"x": {"type": type_}}})
    value = read(f"x: {text}", wanted)["x"]
    assert (value, type(value)) == (expected, type(expected))


def test_what_is_wanted_is_found_in_combinations() -> None:
    schema = {
        "oneOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"b": {"type": "boolean"}}}],
        "additionalProperties": {"type": "array", "items": {"type": "integer"}},
    }
    assert read("{a: 1, b: true, c: [2, x]}", wanted_by(schema)) == {"a": 1, "b": True, "c": [2, "x"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.example,b.example", ("a.example", "b.example")),
        ("a.example , b.example", ("a.example", "b.example")),
        ('" a.example,\tb.example "', ("a.example", "b.example")),
        ("|\n  a.example,\n  b.example\n", ("a.example", "b.example")),
        ("[a.example, b.example]", ("a.example", "b.example")),
        ("''", ()),
        ("", ()),
        ("' '", ()),
    ],
)
def test_a_list_may_be_one_text_with_commas(tmp_path: Path, text: str, expected: tuple[str, ...]) -> None:
    make_tree(tmp_path, {"roles/web.yaml": f"acme_account_name: le\nallowed_domains: {text}\n"})
    assert load_tree(tmp_path).roles["web"].allowed_domains == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.example,b_c.example", "2:24 invalid-identifier"),
        ('"a.example, b_c.example"', "2:26 invalid-identifier"),
        ('"a.example,\\x20b_c.example"', "2:14 invalid-identifier"),
        ("a.example,,b.example", "2:24 bad-value"),
        ("a.example,", "2:24 bad-value"),
    ],
)
def test_the_place_of_an_item_between_commas(tmp_path: Path, text: str, expected: str) -> None:
    make_tree(tmp_path, {"certificates/www.yaml": f"role: web\nidentifiers: {text}\n"})
    assert found(tmp_path) == [f"certificates/www.yaml:{expected}"]
