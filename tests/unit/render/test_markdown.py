"""Markdown, parsed as the forges parse it: nothing foreign in it means anything, and all of it is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from msgspec.structs import replace

from reconciler.model.finding import Location
from reconciler.plan import actions as do
from reconciler.plan import reasons as why
from reconciler.render.fitting import Block, fit
from reconciler.render.markdown import code, prose, size
from reconciler.render.plan_markdown import MARKER, render_findings_markdown, render_markdown
from reconciler.render.shown import ShownPlan
from reconciler.render.text import clean
from tests.unit.render.hostile_names import HOSTILE, TEXTS, hostile_plan
from tests.unit.render.review_samples import INVALID, RICH
from tests.unit.values import NOW, spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markdown_it.token import Token

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

# What stands outside of code must mean nothing to the filters of a forge: they look at what is shown.
_MEANS_SOMETHING = re.compile(r"[@#*_~\[\]<$&\\]|:[\w+-]*[a-z+-][\w+-]*:|://|www\.|GH-\d|[0-9a-f]{7,}|\w\.\w")
_OURS = {MARKER, "<br>", "<details>", "<summary>Details</summary>", "</details>"}
_TOKENS = {
    "heading_open", "heading_close", "inline", "paragraph_open", "paragraph_close", "bullet_list_open",
    "bullet_list_close", "list_item_open", "list_item_close", "table_open", "table_close", "thead_open",
    "thead_close", "tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open",
    "td_close", "html_block", "html_inline", "text", "text_special", "code_inline", "strong_open",
    "strong_close",
}  # fmt: skip


def tokens(text: str) -> list[Token]:
    flat = []
    for token in PARSER.parse(text):
        flat.append(token)
        flat += token.children or []
    return flat


def shown(text: str) -> str:
    """Return what a reader sees of one line."""
    return "".join(
        each.content for each in tokens(text) if each.type in ("text", "text_special", "code_inline")
    )


def check(text: str) -> None:
    """Fail where anything means more than our own Markdown does."""
    found = tokens(text)
    assert {each.type for each in found} <= _TOKENS
    for each in found:
        if each.type in ("html_block", "html_inline"):
            assert set(each.content.strip().split("\n")) <= _OURS
        if each.type in ("text", "text_special"):
            assert not _MEANS_SOMETHING.search(each.content), each.content
    assert all(each.level == 0 for each in found if each.type == "heading_open")
    opened = sum(each.content.count("<details>") for each in found if each.type == "html_block")
    closed = sum(each.content.count("</details>") for each in found if each.type == "html_block")
    assert opened == closed
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_line_shows_all_of_it_and_nothing_else(name: str) -> None:
    _check_line(name)


@given(TEXTS)
def test_any_line_shows_all_of_it_and_nothing_else(name: str) -> None:
    _check_line(name)


def _check_line(name: str) -> None:
    line = f"- {code(name)}\n"
    check(line)
    assert shown(line) == (clean(name) or '""')
    for text in (f"- {prose(name)}\n", f"| a |\n| --- |\n| {prose(f'order certificate {name} (x)')} |\n"):
        check(text)
        # Backticks make code, and are not shown then.
        assert _bare(name) in _bare(shown(text))


def _bare(text: str) -> str:
    return clean(text).replace("`", "").strip()


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_hostile_means_anything_in_a_plan(name: str) -> None:
    text = render_markdown(hostile_plan(name))
    check(text)
    assert size(text) <= 65_000
    check(render_findings_markdown(hostile_plan(name).warnings))


@given(TEXTS)
def test_nothing_at_all_means_anything_in_a_plan(name: str) -> None:
    text = render_markdown(hostile_plan(name))
    check(text)
    # Each row of a table has its three cells.
    rows = [each for each in tokens(text) if each.type in ("td_open", "th_open")]
    assert len(rows) % 3 == 0


@pytest.mark.parametrize(
    "text",
    [
        "@team",
        "see #12",
        "www.x.org",
        "[x](y)",
        "![x](y)",
        "<img>",
        "a@b.c",
        ":tada:",
        "- # x",
        "GH-1",
        "1. x",
    ],
)
def test_the_check_finds_what_means_something(text: str) -> None:
    with pytest.raises(AssertionError):
        check(text)


def test_the_first_line_is_the_marker() -> None:
    for text in (render_markdown(RICH), render_findings_markdown(INVALID)):
        assert text.startswith("<!-- reconciler plan -->\n### ")
        check(text)


def test_words_stay_words() -> None:
    assert prose("order certificate shop/www (expires 2026-06-30 12:00 UTC, in 29 days): a -> b") == (
        "order certificate `shop/www` (expires 2026-06-30 12:00 UTC, in 29 days): a -&gt; b"
    )
    assert prose("by `10.0.0.0/8`: 10.0.0.1, x.example.com") == "by `10.0.0.0/8`: `10.0.0.1`, `x.example.com`"
    assert prose("10. deadbeef GH-12 facade") == "`10`. `deadbeef GH-12` facade"


@pytest.mark.parametrize("limit", [2_000, 10_000, 65_000])
def test_a_long_plan_is_cut_between_entries_and_says_so(limit: int) -> None:
    actions = tuple(
        do.CreateOrder(spec(f"shop/{number:04}", "bücher.example.com"), (why.NewCertificate(),))
        for number in range(1500)
    )
    text = render_markdown(ShownPlan(do.Plan(NOW, actions), digest="sha256:00"), limit=limit)
    assert limit * 0.7 < size(text) <= limit
    check(text)
    rows = text.count("| order certificate ")
    details = text.count("\n- order certificate ")
    found = re.findall(r"(\d+) (action|detail)s", text.split("not shown: ")[1])
    counted = {noun: int(number) for number, noun in found}
    assert (rows + counted["action"], details + counted["detail"]) == (1500, 1500)
    assert text.endswith("\n\nDigest: `sha256:00`\n")
    assert all(line.endswith(" |") for line in text.splitlines() if line.startswith("|"))


def test_one_long_name_does_not_crowd_out_the_others() -> None:
    names = tuple(f"{'n' * 60}.{'m' * 60}.{number}.example.com" for number in range(100))
    long = why.IdentifiersChanged(spec("x", *names).identifiers, ())
    actions = (
        do.CreateOrder(spec("long", *names), (long,)),
        *(do.CreateOrder(spec(f"short{number}"), (why.NewCertificate(),)) for number in range(50)),
    )
    text = render_markdown(ShownPlan(do.Plan(NOW, actions)), limit=20_000)
    assert "| `+` | order certificate long | |\n" in text
    assert text.count("there is no certificate of this name yet") == 50
    assert "shortened: 1 action." in text


def test_many_denials_leave_room_for_the_rest() -> None:
    places = [Location(f"certificates/{number}.yaml") for number in range(1000)]
    denied = tuple(replace(INVALID[0], location=each) for each in places)
    actions = tuple(do.CreateOrder(spec(f"w{number}"), (why.NewCertificate(),)) for number in range(20))
    text = render_markdown(ShownPlan(do.Plan(NOW, actions, denied=denied)), limit=20_000)
    assert text.count("| order certificate ") == 20
    assert text.count("\n- order certificate ") == 20
    assert text.count(": error: ") > 50
    assert re.search(r"not shown: \d+ denials[;.] ", text)


def test_what_fits_is_not_cut() -> None:
    text = fit("head\n", [Block("x", [("a\n",), ("b\n",)], "(", ")")], "tail\n", 600, _note)
    assert text == "head\n(a\nb\n)tail\n"


def test_a_block_without_room_is_left_out_with_its_frame() -> None:
    blocks = [Block("x", [("a" * 90,), ("b" * 90,)], "(", ")"), Block("y", [("c" * 90,)], "[", "]")]
    # Neither may take all, until the last one does.
    assert fit("", blocks, "", 600, _note) == f"[{'c' * 90}]x2"
    assert fit("", blocks, "", 690, _note) == f"({'a' * 90})[{'c' * 90}]x1"
    assert fit("", blocks, "", 530, _note) == "x2y1"


def _note(missing: Mapping[str, int], shortened: Mapping[str, int]) -> str:
    assert not shortened
    return "".join(f"{noun}{number}" for noun, number in missing.items())
