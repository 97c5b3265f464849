from __future__ import annotations

import datetime as dt

import pytest

from reconciler.render.text import Paint, clean, count, distance, fields, one_line, table, time_text, wrap
from tests.unit.values import NOW


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("shop/www", "shop/www"),
        ("räksmörgås", "räksmörgås"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("safe\u202egnp.exe", "safe\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("c1\x9b31m", "c1\\x9b31m"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_acts_on_a_terminal_is_escaped(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_prose_comes_on_one_line() -> None:
    assert one_line(" several\n  lines\u2028 here\x07 ") == "several lines here\\x07"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "now"),
        (1, "in 1 second"),
        (-59, "59 seconds ago"),
        (60, "in 1 minute"),
        (-7200, "2 hours ago"),
        (86400 * 30 + 5, "in 30 days"),
    ],
)
def test_distances(seconds: int, text: str) -> None:
    assert distance(NOW + dt.timedelta(seconds=seconds), NOW) == text


def test_times_are_shown_in_utc() -> None:
    summer = dt.timezone(dt.timedelta(hours=2))
    assert time_text(dt.datetime(2026, 6, 1, 14, 0, tzinfo=summer)) == "2026-06-01 12:00 UTC"
    assert time_text(dt.datetime(2026, 6, 1, 14, 0, 7, tzinfo=summer)) == "2026-06-01 12:00:07 UTC"


def test_counts() -> None:
    assert [count(0, "order"), count(1, "order"), count(2, "order")] == ["0 orders", "1 order", "2 orders"]


def test_lines_are_broken_at_spaces_only() -> None:
    long = "x" * 150
    assert wrap(f"for {long}, short", 6) == ["for", f"{long},", "short"]


def test_a_command_is_not_broken_if_it_fits_into_a_line() -> None:
    assert wrap("say so: `reconciler order retry x`, then wait", 0, 30) == [
        "say so:",
        "`reconciler order retry x`,",
        "then wait",
    ]
    assert wrap("say so: `reconciler order retry x`", 0, 20) == ["say so: `reconciler", "order retry x`"]


def test_columns_are_aligned_by_what_a_terminal_shows() -> None:
    lines = table(("NAME", "WHAT"), [("日本", "a"), ("e\u0301", "b"), ("plain", "c")], Paint())
    assert lines == ["NAME   WHAT", "日本   a", "e\u0301      b", "plain  c"]


def test_nothing_in_a_table_is_cut() -> None:
    value = "v" * 500
    assert table(("A", "B"), [("x", value)], Paint())[1] == f"x  {value}"


def test_fields_leave_out_what_is_not_there() -> None:
    lines = fields([("name", "www"), ("none", None), ("several", ["one", "two"]), ("no", [])], 2, Paint())
    assert lines == ["  name     www", "  several  one", "           two"]


def test_colours_are_off_unless_asked_for() -> None:
    assert Paint().bad("x") == "x"
    assert Paint(on=True).bad("x") == "\x1b[31mx\x1b[0m"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("::error::owned", r"\x3a:error::owned"),
        ("a ::Add-Mask::x b", r"a \x3a:Add-Mask::x b"),
        ("a\n::error::x", r"a\n::error::x"),
        ("x ##[error]y ###[group]", r"x \x23#[error]y #\x23#[group]"),
        ("::1", "::1"),
        ("::face:b00c, ::ffff:192.0.2.1", "::face:b00c, ::ffff:192.0.2.1"),
        ("[::]:443 a::error::b", "[::]:443 a::error::b"),
    ],
)
def test_a_runner_that_reads_the_log_finds_no_command(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned
    assert clean(cleaned) == cleaned
