"""Figures of several runs, and what is made of them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Series:
    """One figure, once for each run."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("a series has at least one value")

    @property
    def median(self) -> float:
        """The value in the middle."""
        return statistics.median(self.values)

    @property
    def least(self) -> float:
        """The smallest value."""
        return min(self.values)

    @property
    def most(self) -> float:
        """The largest value."""
        return max(self.values)

    def over(self, base: Series) -> Series:
        """Return the ratios to `base`, run by run: what slows a machine down for a while slows both.

        Raises:
            ValueError: the two are not of the same runs.
        """
        return Series(tuple(ours / theirs for ours, theirs in zip(self.values, base.values, strict=True)))

    def each(self, count: float) -> Series:
        """Return what falls to each of `count` things."""
        return Series(tuple(value / count for value in self.values))

    def shown(self, digits: int) -> str:
        """Return the median and, where they differ, smallest and largest value."""
        median, least, most = (f"{each:.{digits}f}" for each in (self.median, self.least, self.most))
        return median if least == most else f"{median} ({least}..{most})"
