from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.ca.retry_after import retry_after
from tests.unit.ca.clock import NOW


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("1.5", None),
        ("Sun, 99 Mar 2026 13:00:00 GMT", None),
        ("0", NOW),
        ("30", NOW + timedelta(seconds=30)),
        (" 30 ", NOW + timedelta(seconds=30)),
        ("-5", NOW),
        ("86401", NOW + timedelta(days=1)),
        ("999999999999999999", NOW + timedelta(days=1)),
        ("Sun, 01 Mar 2026 13:00:00 GMT", NOW + timedelta(hours=1)),
        ("Sunday, 01-Mar-26 13:00:00 GMT", NOW + timedelta(hours=1)),
        ("Sun Mar  1 13:00:00 2026", NOW + timedelta(hours=1)),
        ("Sun, 01 Mar 2026 13:00:00 -0000", NOW + timedelta(hours=1)),
        ("Sun, 01 Mar 2026 13:00:00 +0100", NOW),
        ("Sun, 01 Mar 2026 11:00:00 GMT", NOW),
        ("Fri, 31 Dec 9999 23:59:59 GMT", NOW + timedelta(days=1)),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
    ],
)
def test_both_forms(value: str | None, wanted: datetime | None) -> None:
    assert retry_after(value, NOW) == wanted


@given(st.text())
def test_anything_else_is_nothing_or_within_a_day(value: str) -> None:
    when = retry_after(value, NOW)
    assert when is None or (NOW <= when <= NOW + timedelta(days=1) and when.tzinfo is UTC)
