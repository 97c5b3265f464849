"""Patterns of certificates' names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.plan.name_patterns import matcher

NAMES = ["www", "shop/www", "shop/api", "shop/eu/www", "shop/eu/de/www", "shopping/www", "eu/shop"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("www", ["www"]),
        ("shop/www", ["shop/www"]),
        ("/shop/www", ["shop/www"]),
        ("*", ["www"]),
        ("**", NAMES),
        ("shop", []),
        ("shop/*", ["shop/www", "shop/api"]),
        ("shop/**", ["shop/www", "shop/api", "shop/eu/www", "shop/eu/de/www"]),
        ("shop/", ["shop/www", "shop/api", "shop/eu/www", "shop/eu/de/www"]),
        ("shop/**/www", ["shop/www", "shop/eu/www", "shop/eu/de/www"]),
        ("**/www", ["www", "shop/www", "shop/eu/www", "shop/eu/de/www", "shopping/www"]),
        ("**/eu/**", ["shop/eu/www", "shop/eu/de/www", "eu/shop"]),
        ("shop*/www", ["shop/www", "shopping/www"]),
        ("shop/???", ["shop/www", "shop/api"]),
        ("shop/[!w]*", ["shop/api"]),
        ("shop/[w", []),
        ("SHOP/www", []),
        ("shop**", []),
        ("", []),
        ("/", []),
    ],
)
def test_what_a_pattern_is_for(pattern: str, expected: list[str]) -> None:
    assert list(filter(matcher(pattern), NAMES)) == expected


parts = st.text("ab", min_size=1, max_size=2)
steps = st.sampled_from(["**", "*", "a", "b", "a*", "?"])


@given(st.lists(steps, min_size=1, max_size=5), st.lists(parts, min_size=1, max_size=5))
def test_it_says_what_a_regular_expression_says(pattern: list[str], name: list[str]) -> None:
    words = {"*": "[^/]*", "a": "a", "b": "b", "a*": "a[^/]*", "?": "[^/]"}
    *folders, last = pattern
    written = "".join("(?:[^/]+/)*" if each == "**" else f"{words[each]}/" for each in folders)
    written += "(?:[^/]+/)*[^/]+" if last == "**" else words[last]
    expected = re.fullmatch(written, "/".join(name)) is not None
    assert matcher("/".join(pattern))("/".join(name)) is expected


@pytest.mark.timeout(5)
@pytest.mark.parametrize("pattern", ["**/" * 60 + "b", "*a" * 60 + "b", "**/*a/" * 40 + "b"])
def test_no_pattern_takes_long(pattern: str) -> None:
    assert not matcher(pattern)("/".join(["a" * 60] * 60))
