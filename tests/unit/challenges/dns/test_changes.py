"""Changes of a zone that are gathered: one that is refused does not hold up the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.challenges.dns.changes import ZoneChanges
from reconciler.challenges.dns.port import TxtRecord
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Publisher:
    """Refuses whatever is below `a.example.com`."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def change(self, _zone: str, add: Sequence[TxtRecord], _remove: Sequence[TxtRecord]) -> None:
        self.sizes.append(len(add))
        if any(each.name.endswith(".a.example.com") for each in add):
            raise ChallengeError("REFUSED")

    def check_access(self, zone: str) -> None:
        raise NotImplementedError


def test_neighbours_that_are_refused_say_nothing_of_the_others() -> None:
    refused = [TxtRecord(f"_acme-challenge.{number}.a.example.com", "x") for number in range(5)]
    taken = [TxtRecord(f"_acme-challenge.{number}.b.example.com", "x") for number in range(5, 10)]
    changes = ZoneChanges("example.com", Publisher(), lambda: 1.0)
    for each in (*refused, *taken):
        changes.add(each)
    assert [changes.published_at(each) for each in taken] == [1.0] * 5
    for each in refused:
        with pytest.raises(ChallengeError, match="REFUSED"):
            changes.published_at(each)


def test_a_zone_that_takes_nothing_is_asked_four_times() -> None:
    publisher = Publisher()
    changes = ZoneChanges("example.com", publisher, lambda: 1.0)
    records = [TxtRecord(f"_acme-challenge.{number}.a.example.com", "x") for number in range(50)]
    for each in records:
        changes.add(each)
    for each in records:
        with pytest.raises(ChallengeError, match="REFUSED"):
            changes.published_at(each)
    assert publisher.sizes == [50, 1, 1, 1]
