"""Writers in processes of their own, all at the same instant: nothing is lost, nothing is made twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.races import race_of_writers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("what", "orders"), [("own", 8), ("same", 1)])
def test_eight_writers_at_the_same_instant(tmp_path: Path, what: str, orders: int) -> None:
    race = race_of_writers(tmp_path, writers=8, rounds=1, what=what)
    assert (race.orders, race.lost, race.duplicates) == (orders, 0, 0)
    # Claims and results of each; and the races that they have lost.
    assert race.pushes == 2 * orders
    assert race.tries >= race.pushes
