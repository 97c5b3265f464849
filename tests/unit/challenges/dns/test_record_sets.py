"""What becomes of a record set, and how it is written."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.challenges.dns.port import TxtRecord
from reconciler.challenges.dns.record_sets import (
    RecordSet,
    ValueChange,
    by_name,
    changed,
    character_strings,
    plain,
)
from reconciler.orders.records import quoted

_values = st.text(string.ascii_letters + string.digits + '-_ "\\', min_size=1, max_size=12)
_few = st.lists(_values, max_size=4, unique=True)


@given(st.lists(st.text(max_size=20), max_size=4))
def test_what_is_written_reads_as_it_was(strings: list[str]) -> None:
    assert character_strings(quoted(strings)) == strings


@given(st.text(max_size=60))
def test_any_writing_can_be_read(text: str) -> None:
    assert isinstance(plain(text), str)


@pytest.mark.parametrize(
    ("text", "strings"),
    [
        ('"v=spf1 -all"', ["v=spf1 -all"]),
        ('"one" "two"', ["one", "two"]),
        ("bare words", ["bare", "words"]),
        (r'"a\"b\\c"', ['a"b\\c']),
        (r"a\ b", ["a b"]),
        ('"no end', ["no", "end"]),
        ("", []),
    ],
)
def test_writings_that_providers_have(text: str, strings: list[str]) -> None:
    assert character_strings(text) == strings


@given(others=_few, ours=_few, ttl=st.integers(1, 86400))
def test_others_stay_whatever_comes_and_goes(others: list[str], ours: list[str], ttl: int) -> None:
    mine = tuple(value for value in ours if value not in others)
    present = RecordSet(tuple(quoted([value]) for value in others), ttl) if others else None
    with_ours = changed(present, ValueChange(add=mine), 60)
    if with_ours is None:
        assert not others
        assert not mine
        return
    assert {plain(value) for value in with_ours.values} == {*others, *mine}
    assert with_ours.ttl == (ttl if others else 60)
    assert changed(with_ours, ValueChange(add=mine), 60) is with_ours
    assert changed(with_ours, ValueChange(remove=mine), 60) == present


@given(others=_few, absent=_values)
def test_what_is_not_there_changes_nothing_by_going(others: list[str], absent: str) -> None:
    present = RecordSet(tuple(quoted([value]) for value in others if value != absent), 300)
    assert changed(present, ValueChange(remove=(absent,)), 60) is present
    assert changed(None, ValueChange(remove=(absent,)), 60) is None


def test_a_value_of_others_stays_as_it_is_written() -> None:
    present = RecordSet(('"in" "parts"', "bare", '"gone"'), 300)
    new = changed(present, ValueChange(add=("new",), remove=("gone",)), 60)
    assert new == RecordSet(('"in" "parts"', "bare", '"new"'), 300)


def test_a_value_is_the_same_however_it_is_written() -> None:
    present = RecordSet(("bare", '"in" "parts"'), 300)
    assert changed(present, ValueChange(add=("bare", "inparts")), 60) is present
    assert changed(present, ValueChange(remove=("bare", "inparts")), 60) is None


def test_changes_are_put_together_by_name() -> None:
    one, two, other = TxtRecord("a", "1"), TxtRecord("a", "2"), TxtRecord("b", "3")
    assert by_name([other, one], [two]) == {
        "a": ValueChange(add=("1",), remove=("2",)),
        "b": ValueChange(add=("3",)),
    }
