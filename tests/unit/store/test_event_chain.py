from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.log import Flaw, Problem
from reconciler.store.event_chain import (
    LONGEST_LINE,
    beginning,
    chained,
    entries_after,
    hash_of,
    joined,
    parsed,
    rebased,
    split,
    verify,
)

LINEAGE = "0b3d5b6e-5a0f-4b53-a6f5-1f2b9be6d3a1"


def entry(number: int, run: str = "run-1", **facts: object) -> dict[str, Any]:
    return {
        "time": f"2026-03-01T12:00:00.{number:06}Z",
        "run": run,
        "event": "certificate_issued",
        "certificate": f"shop/höst-{number}",
        **facts,
    }


def log(count: int, run: str = "run-1") -> list[bytes]:
    return chained([entry(number, run) for number in range(count)], beginning(LINEAGE))


def problems(lines: list[bytes], expected: str | None = None) -> list[Problem]:
    return list(verify([line + b"\n" for line in lines], LINEAGE, expected=expected))


LOG = log(40)


def test_a_log_as_it_was_written_has_no_problems() -> None:
    assert problems(LOG) == []
    assert problems([]) == []
    assert [parsed(line)["certificate"] for line in LOG[:2]] == ["shop/höst-0", "shop/höst-1"]  # type: ignore[index]


@given(st.integers(0, sum(len(line) + 1 for line in LOG) - 1), st.integers(1, 255))
@settings(max_examples=1000, deadline=None)
def test_any_byte_that_is_another_is_found(place: int, change: int) -> None:
    content = bytearray(b"".join(line + b"\n" for line in LOG))
    content[place] ^= change
    lines = bytes(content).split(b"\n")
    ends = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    found = list(verify(ends, LINEAGE))
    assert found
    assert found[0].line <= bytes(content[:place]).count(b"\n") + 1


@given(st.integers(0, len(LOG) - 2), st.integers(1, 10))
def test_lines_that_are_taken_out_are_found(place: int, count: int) -> None:
    count = min(count, len(LOG) - 1 - place)
    found = problems(LOG[:place] + LOG[place + count :])
    assert found == [Problem(place + 1, Flaw.OUT_OF_PLACE if place else Flaw.OTHER_LINEAGE)]


@given(st.integers(0, len(LOG) - 1), st.integers(0, len(LOG) - 1))
def test_lines_that_are_swapped_are_found(one: int, other: int) -> None:
    lines = list(LOG)
    lines[one], lines[other] = lines[other], lines[one]
    assert bool(problems(lines)) == (one != other)


@given(st.integers(0, len(LOG)), st.integers(0, len(LOG) - 1))
def test_a_line_that_is_there_once_more_is_found(place: int, which: int) -> None:
    assert problems([*LOG[:place], LOG[which], *LOG[place:]])


@given(st.integers(0, len(LOG) - 1))
def test_a_line_that_was_put_in_with_a_hash_that_fits_is_found_by_the_line_after(place: int) -> None:
    made_up = chained([entry(999)], hash_of(LOG[place - 1]) if place else beginning(LINEAGE))
    assert problems([*LOG[:place], *made_up, *LOG[place:]])[0] == Problem(place + 2, Flaw.OUT_OF_PLACE)


def test_a_missing_end_is_found_by_who_has_kept_a_hash() -> None:
    last = hash_of(LOG[-1])
    assert problems(LOG, expected=last) == []
    assert problems(LOG, expected=hash_of(LOG[3])) == []
    assert problems(LOG[:-1]) == []
    assert problems(LOG[:-1], expected=last) == [Problem(39, Flaw.NOT_THERE)]
    assert problems([], expected=last) == [Problem(0, Flaw.NOT_THERE)]


def test_a_log_that_was_made_anew_is_found_by_who_has_kept_a_hash() -> None:
    anew = chained([entry(number, certificate="other") for number in range(40)], beginning(LINEAGE))
    assert problems(anew) == []
    assert problems(anew, expected=hash_of(LOG[10])) == [Problem(40, Flaw.NOT_THERE)]


def test_a_line_that_states_the_expected_hash_and_is_altered_is_not_it() -> None:
    lines = [*LOG[:-1], LOG[-1].replace(b"shop", b"shot")]
    assert problems(lines, expected=hash_of(LOG[-1])) == [
        Problem(40, Flaw.ALTERED),
        Problem(40, Flaw.NOT_THERE),
    ]


def test_a_log_of_another_state_is_told_apart() -> None:
    assert list(verify([line + b"\n" for line in LOG], "another")) == [Problem(1, Flaw.OTHER_LINEAGE)]


def test_a_torn_line_is_told() -> None:
    lines = [line + b"\n" for line in LOG[:3]]
    assert list(verify([*lines, LOG[3][:50]], LINEAGE)) == [Problem(4, Flaw.TORN)]
    assert list(verify([*lines, LOG[3]], LINEAGE)) == [Problem(4, Flaw.TORN)]


def test_what_is_no_entry_is_told_and_the_rest_is_looked_at() -> None:
    hostile = [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"event":1}',
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"event":"x","a":' + b"[" * 20_000,
        b"\x00" * 100,
        b"x" * (LONGEST_LINE + 1),
    ]
    for line in hostile:
        found = problems([*LOG[:2], line, *LOG[2:]])
        assert found == [Problem(3, Flaw.UNREADABLE), Problem(4, Flaw.OUT_OF_PLACE)], line
        after = chained([entry(3)], hash_of(line))
        assert problems([line, *after]) == [Problem(1, Flaw.UNREADABLE)]


def test_what_canonical_json_does_not_have_is_nothing_that_was_written() -> None:
    flaws = {
        b"NaN": Flaw.UNREADABLE,
        b"-Infinity": Flaw.UNREADABLE,
        b"1e999": Flaw.UNREADABLE,
        b"123456789012345678901234567890": Flaw.UNREADABLE,
        b"1.0": Flaw.ALTERED,
        b'"\\ud800"': Flaw.UNREADABLE,
    }
    for fact, flaw in flaws.items():
        line = b'{"event":"x","fact":' + fact + b',"hash":"0"}'
        assert problems([line]) == [Problem(1, flaw)], fact


def test_a_line_of_a_newer_form_is_told_as_that() -> None:
    lines = chained([entry(1) | {"format_version": 2}], beginning(LINEAGE))
    assert problems(lines) == [Problem(1, Flaw.NEWER_FORMAT)]


def test_what_two_have_written_is_kept_of_both() -> None:
    common = log(3)
    ours = [*common, *chained([entry(10, "ours"), entry(11, "ours")], hash_of(common[-1]))]
    theirs = [*common, *chained([entry(10, "theirs")], hash_of(common[-1]))]
    whole = rebased(theirs, entries_after(ours, theirs), LINEAGE)
    assert problems(whole) == []
    assert whole[:4] == theirs
    runs = [parsed(line)["run"] for line in whole]  # type: ignore[index]
    assert runs == ["run-1", "run-1", "run-1", "theirs", "ours", "ours"]
    assert parsed(whole[-1]) == parsed(ours[-1]) | {  # type: ignore[operator]
        "previous": hash_of(whole[-2]),
        "hash": hash_of(whole[-1]),
    }


def test_what_they_have_of_ours_already_is_not_repeated() -> None:
    ours = log(4)
    theirs = rebased(log(2, "theirs"), entries_after(ours, []), LINEAGE)
    assert rebased(theirs, entries_after(ours, theirs), LINEAGE) == theirs


def test_ours_begins_the_log_where_there_is_none() -> None:
    assert rebased([], [entry(number) for number in range(40)], LINEAGE) == LOG
    assert rebased(LOG, [], LINEAGE) == LOG
    assert entries_after(LOG, LOG) == []


def test_lines_are_split_without_the_one_that_is_torn() -> None:
    assert split(b"a\nb\nc") == [b"a", b"b"]
    assert split(b"") == []
    assert split(joined(LOG)) == LOG


@pytest.mark.parametrize(
    "line",
    [
        b'{"event":"x","fact":99999999999999999999}',
        b'{"event":"x","fact":"\\ud800"}',
        b'{"event":"x","fact":"\\uD800"}',
        b'{"event":"x","\\udfff":1}',
        b'{"event":"x","hash":"\\ud800"}',
        b'{"event":"x","fact":' + b"[" * 400 + b"]" * 400 + b"}",
    ],
)
def test_what_canonical_json_cannot_say_is_no_entry_and_holds_nothing_up(line: bytes) -> None:
    assert parsed(line) is None
    ours = [entry(1)]
    assert problems([line]) == [Problem(1, Flaw.UNREADABLE)]
    assert rebased([line], ours, LINEAGE) == [line, *chained(ours, hash_of(line))]
    assert entries_after([*LOG, line], LOG) == []


def test_a_character_beyond_the_first_plane_may_be_escaped() -> None:
    assert parsed(b'{"event":"x","fact":"\\ud83d\\ude00"}') == {"event": "x", "fact": "\U0001f600"}


def test_a_hash_that_is_none_does_not_get_into_the_next_line() -> None:
    line = b'{"event":"x","hash":"%s"}' % (b"0" * 60_000)
    [following] = chained([entry(1)], hash_of(line))
    assert len(following) < 1000
