"""Requests within the limits of Route 53."""

from __future__ import annotations

import pytest

from reconciler.challenges.dns.record_sets import RecordSet
from reconciler.challenges.dns.route53_changes import batches, present_set, replacement
from reconciler.errors import ChallengeError


@pytest.mark.parametrize(
    ("steps", "values", "length", "sizes"),
    [
        (0, 1, 10, []),
        (1000, 1, 10, [1000]),
        (1001, 1, 10, [1000, 1]),
        (100, 2, 320, [50, 50]),
        (3, 1, 40_000, [1, 1, 1]),
    ],
)
def test_batches_keep_to_the_limits(steps: int, values: int, length: int, sizes: list[int]) -> None:
    record_set = RecordSet(("x" * length,) * values, 60)
    made = list(batches([replacement(f"h{number}", None, record_set) for number in range(steps)]))
    assert [len(batch) for batch in made] == sizes


def test_a_replacement_stays_in_one_request() -> None:
    old, new = RecordSet(("x",) * 300, 60), RecordSet(("y",) * 301, 60)
    made = list(batches([replacement(f"h{number}", old, new) for number in range(4)]))
    assert [[change["Action"] for change in batch] for batch in made] == [["DELETE", "CREATE"]] * 4


def test_a_set_with_a_routing_policy_is_left_alone() -> None:
    with pytest.raises(ChallengeError, match="routing policy"):
        present_set([{"Name": "a.example.", "Type": "TXT", "SetIdentifier": "one", "Weight": 1}], "a.example")
