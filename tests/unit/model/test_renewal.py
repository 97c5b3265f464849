"""When renewal is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.renewal import RenewalRule, renewal_due_at

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lifetime", "rule", "left"),
    [
        (timedelta(days=90), None, timedelta(days=30)),
        (timedelta(days=10), None, timedelta(days=10) / 3),
        (timedelta(days=6), None, timedelta(days=3)),
        (timedelta(days=90), RenewalRule(fraction=0.5), timedelta(days=45)),
        (timedelta(days=90), RenewalRule(duration=timedelta(days=20)), timedelta(days=20)),
        (timedelta(days=6), RenewalRule(duration=timedelta(days=20)), timedelta(days=3)),
        (timedelta(days=20), RenewalRule(duration=timedelta(days=20)), timedelta(days=20) / 3),
    ],
)
def test_renewal_due_at(lifetime: timedelta, rule: RenewalRule | None, left: timedelta) -> None:
    assert renewal_due_at(START, START + lifetime, rule) == START + lifetime - left
