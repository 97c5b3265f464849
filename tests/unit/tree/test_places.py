"""The places of a certificate's parts, found once somebody asks, whatever has become of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.tree import load_tree
from tests.unit.tree.trees import make_tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (
            "x.yaml",
            "# x\nrole: web\nidentifiers:\n  - a.example # b\n\n  -   'b.example'\n",
            [(4, 5, 9), (6, 7, 11)],
        ),
        ("x.yaml", 'identifiers: [a.example,  "b.example"]\nrole: web', [(1, 15, 9), (1, 27, 11)]),
        ("x.yaml", "identifiers: a.example, b.example\nrole: web\n", [(1, 14, 9), (1, 25, 9)]),
        ("x.yaml", "identifiers:\n- &a a.example\n- b.example\nrole: web\n", [(2, 3, 12), (3, 3, 9)]),
        ("x.json", '{"identifiers": ["a.example", "b.example"],\n"role": "web"}', [(1, 18, 11), (1, 31, 11)]),
    ],
)
def test_the_place_of_each_identifier(
    tmp_path: Path, file: str, text: str, expected: list[tuple[int, int, int]]
) -> None:
    path = f"certificates/{file}"
    spec = load_tree(make_tree(tmp_path, {path: text})).certificates["x"]
    (tmp_path / path).unlink()
    places = [(each.line, each.column, each.length) for each in spec.identifier_locations]
    assert places == expected
    assert {each.path for each in spec.identifier_locations} == {path}
    assert list(spec.places.fields) == ["role"]
    assert spec.place_of("role").line == text[: text.index("role")].count("\n") + 1
