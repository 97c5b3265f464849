from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from reconciler.model.requested_end import RequestedEnd
from reconciler.tree.renewal import parse_requested_end

NOW = datetime(2026, 6, 1, 12, 0, 0, 750_000, tzinfo=UTC)
MOMENT = datetime(2027, 1, 31, tzinfo=UTC)
EAST = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("end", "text"),
    [
        (RequestedEnd(after=timedelta(days=30)), "30d"),
        (RequestedEnd(after=timedelta(weeks=2)), "14d"),
        (RequestedEnd(after=timedelta(hours=48)), "2d"),
        (RequestedEnd(after=timedelta(hours=36)), "36h"),
        (RequestedEnd(after=timedelta(minutes=90)), "90m"),
        (RequestedEnd(after=timedelta(minutes=120)), "2h"),
        (RequestedEnd(moment=MOMENT), "2027-01-31T00:00:00Z"),
        (RequestedEnd(moment=datetime(2027, 1, 31, 2, tzinfo=EAST)), "2027-01-31T00:00:00Z"),
    ],
)
def test_its_text_is_one_and_the_same_for_one_end_and_can_be_read(end: RequestedEnd, text: str) -> None:
    assert str(end) == text
    read = parse_requested_end(text)
    assert read == end
    assert str(read) == text


def test_when_that_is_depends_on_when_it_is_ordered() -> None:
    end = RequestedEnd(after=timedelta(hours=36))
    assert end.at(NOW) == datetime(2026, 6, 3, tzinfo=UTC)
    assert end.at(NOW + timedelta(days=1)) == datetime(2026, 6, 4, tzinfo=UTC)


def test_unless_it_is_a_moment() -> None:
    end = RequestedEnd(moment=MOMENT)
    assert end.at(NOW) == end.at(NOW + timedelta(days=400)) == MOMENT
