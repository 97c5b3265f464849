"""`safety` in the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.model.safety import Limit, Safety
from reconciler.tree import load_tree
from reconciler.tree.safety import parse_limit
from tests.unit.tree.trees import found, make_tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "safety: {max_changes: 5, max_replace: 20%, max_forget: '0'}",
            Safety(Limit(5), Limit(20, True), Limit(0)),
        ),
        ("safety: {max_forget: 100%}", Safety(max_forget=Limit(100, True))),
        ("{}", Safety()),
    ],
)
def test_limits(tmp_path: Path, text: str, expected: Safety) -> None:
    assert load_tree(make_tree(tmp_path, {"reconciler.yaml": text})).settings.safety == expected


def test_limits_as_json(tmp_path: Path) -> None:
    tree = make_tree(tmp_path)
    (tree / "reconciler.yaml").rename(tree / "reconciler.json").write_text('{"safety": {"max_replace": 3}}')
    assert load_tree(tree).settings.safety == Safety(max_replace=Limit(3))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("safety: {max_forget: 0%}", "1:22 bad-value"),
        ("safety: {max_forget: 101%}", "1:22 bad-value"),
        ("safety:\n  max_replace: 1.5", "2:16 bad-value"),
        ("safety:\n  max_replace: -1", "2:16 bad-value"),
        ("safety:\n  max_changes: many", "2:16 bad-value"),
        ("safety:\n  max_change: 5", "2:3 unknown-field"),
        ("safety: {}", "1:9"),
        ("safety: 5", "1:9 wrong-type"),
    ],
)
def test_what_is_wrong_is_found_where_it_stands(tmp_path: Path, text: str, place: str) -> None:
    [finding] = found(make_tree(tmp_path, {"reconciler.yaml": text}))
    assert finding.startswith(f"reconciler.yaml:{place}")


@pytest.mark.parametrize(
    "text", ["", "%", "0%", "1000%", "1 %", "5\n", "\u0665", "1e3", "-1", "1234567", "x" * 1000]
)
def test_no_limits(text: str) -> None:
    with pytest.raises(ValueError, match="is no limit"):
        parse_limit(text)


@pytest.mark.parametrize("text", ["0", "5", "999999", "1%", "100%"])
def test_limits_are_written_as_they_were_read(text: str) -> None:
    assert str(parse_limit(text)) == text
