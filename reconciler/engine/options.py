"""How `apply` is to work."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

PARALLELISM = 12
"""Measured: with more, threads get in each other's way; with fewer, the CA waits."""


class ApplyOptions(Struct, frozen=True):
    """What the user of `apply` can choose.

    Attributes:
        parallelism: how many requests are under way at once.
        timeout: how long the run waits for the CA, all in all; it never waits for people.
        wait: whether it waits for the CA at all.
    """

    parallelism: int = PARALLELISM
    timeout: timedelta = timedelta(minutes=10)
    wait: bool = True

    def after(self, seconds: float) -> ApplyOptions:
        """Return what is left when so much of the time has gone by."""
        return replace(self, timeout=max(self.timeout - timedelta(seconds=seconds), timedelta()))
