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


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1m", "less than an hour"),
        ("59m", "less than an hour"),
        ("0m", "between 1 minute and 100 years"),
        ("999999w", "between 1 minute and 100 years"),
        ("soon", "is no time"),
        ("33%", "is no time"),
        ("0001-01-01T00:00:00Z", "a year from 2020 to 9998"),
        ("2019-12-31T23:59:59Z", "a year from 2020 to 9998"),
        ("9999-12-31T23:59:59Z", "a year from 2020 to 9998"),
        ("0000-01-01T00:00:00Z", "there is no such day or time"),
        ("2027-13-01T00:00:00Z", "there is no such day or time"),
    ],
)
def test_what_no_certificate_can_end_at(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_requested_end(text)


@pytest.mark.parametrize("text", ["60m", "1h", "2020-01-01T00:00:00Z", "9998-12-31T23:59:59Z"])
def test_what_one_just_can(text: str) -> None:
    end = parse_requested_end(text)
    assert end.at(NOW) <= datetime.max.replace(tzinfo=UTC)
    assert parse_requested_end(str(end)) == end
