"""Which answer goes wrong: a script is asked for each request; rules make one."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tools.acme_endpoints import Endpoint
    from tools.faults import Fault

    Script = Callable[[Endpoint, int], Fault | None]
    """Takes what is asked and the how manieth request for that it is, from 1; returns what goes wrong."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault, for some of the requests for one thing.

    Attributes:
        first: the number of the first request that it is for.
        every: each how manieth it is for from then on.
        most: how many in all.
    """

    endpoint: Endpoint
    fault: Fault
    first: int = 1
    every: int = 1
    most: int = 1_000_000

    def is_for(self, endpoint: Endpoint, number: int) -> bool:
        """Say whether a request is one of those."""
        turn, rest = divmod(number - self.first, self.every)
        return endpoint is self.endpoint and not rest and 0 <= turn < self.most


def by_rules(rules: Sequence[Rule]) -> Script:
    """Return the script that takes the first rule which is for a request."""
    return lambda endpoint, number: next(
        (each.fault for each in rules if each.is_for(endpoint, number)), None
    )


def at_random(faults: Sequence[Fault], share: float, seed: int) -> Script:
    """Return a script that lets a share of the answers go wrong.

    What becomes of a request depends on the seed, on what it is for and on its number alone, and not on what
    else is under way.
    """

    def script(endpoint: Endpoint, number: int) -> Fault | None:
        draw = Random(f"{seed} {endpoint} {number}")
        return draw.choice(faults) if draw.random() < share else None

    return script
