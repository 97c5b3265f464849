from __future__ import annotations

import time

import pytest

from reconciler.ca.http1 import Headers
from reconciler.ca.links import alternates, next_page, targets
from reconciler.ca.transport import Answer
from reconciler.errors import ProtocolError

URL = "https://ca.example/cert/1"


def linked(*links: str) -> Answer:
    return Answer(URL, 200, Headers.of(("Link", each) for each in links))


def test_targets_by_relation_in_one_header_or_several() -> None:
    answer = linked('<a>;rel="up", <b,c>; title="x, y"; rel="index  NEXT"', "<d>;rel=next", "<e>", "rubbish")
    assert targets(answer, "next") == ["b,c", "d"]
    assert targets(answer, "index") == ["b,c"]
    assert targets(answer, "help") == []


def test_alternates_are_absolute_and_named_once() -> None:
    answer = linked(
        '<https://ca.example/cert/1/2>;rel="alternate"',
        '<1/3>;rel="alternate", </cert/1/2>;rel="alternate"',
        f'<{URL}>;rel="alternate"',
        '<https://other.example/1>;rel="alternate"',
        '<http://ca.example/cert/1/4>;rel="alternate"',
        '<//[>;rel="alternate"',
        '<https://ca.example/dir>;rel="index"',
    )
    assert alternates(answer) == (
        "https://ca.example/cert/1/2",
        "https://ca.example/cert/1/3",
        "https://other.example/1",
    )


def test_there_are_not_too_many_alternates() -> None:
    assert len(alternates(linked(*(f'</{number}>;rel="alternate"' for number in range(1000))))) == 20


def test_the_next_page() -> None:
    assert next_page(linked('<?page=2>;rel="next"')) == f"{URL}?page=2"
    assert next_page(linked('<?page=2>;rel="prev"')) is None
    for target in ("http://ca.example/2", "//[", "ftp:x"):
        with pytest.raises(ProtocolError, match=r"header Link \(next\) is no"):
            next_page(linked(f'<{target}>;rel="next"'))


@pytest.mark.parametrize(
    "header", ["<" * 65_536, "<x>" + ";a" * 20_000 + "!", "<x>;a= " + " " * 30_000 + "!"]
)
def test_a_header_made_to_take_long_does_not(header: str) -> None:
    """Four times the length takes about four times the time, and not sixteen."""

    def seconds(length: int) -> float:
        answer = linked(header[:length])
        begun = time.process_time()
        assert targets(answer, "next") == []
        return time.process_time() - begun

    whole = len(header)
    quarter = min(seconds(whole // 4) for _ in range(3))
    assert min(seconds(whole) for _ in range(3)) < 10 * quarter + 0.05


def test_a_target_does_not_begin_within_another() -> None:
    assert targets(linked("<<a>;rel=next"), "next") == ["a"]
