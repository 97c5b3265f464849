"""A task: work that is done in turns, and what it says of itself to who runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from reconciler.engine.rank import Rank

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.engine.window import Share
    from reconciler.model.events import Event


class Gate(Struct, frozen=True):
    """What only a few tasks may do at once.

    Attributes:
        name: the same for all that share the gate.
        width: how many may be in it.
    """

    name: str
    width: int


class Verdict(Struct, frozen=True):
    """What a task says after a turn.

    Attributes:
        events: what is to be reported.
        again_at: when it wants its next turn; None when it has ended.
        followers: tasks that can begin now.
        closes_gate: whether what waits at the same gate had better wait until `again_at` too.
        must_stay: whether it needs this process until then, though the run is not to wait for others.
    """

    events: tuple[Event, ...] = ()
    again_at: datetime | None = None
    followers: tuple[Task, ...] = ()
    closes_gate: bool = False
    must_stay: bool = False


class Task(Protocol):
    """Work that is done in turns, one at a time, on any thread."""

    @property
    def gate(self) -> Gate | None:
        """What only a few may do at once, if the next turn is such."""
        return None

    @property
    def rank(self) -> Rank:
        """How early the next turn is to be, among those whose time has come: the lowest goes first."""
        return Rank.SUBMIT

    @property
    def share(self) -> Share | None:
        """What it takes of a window as long as it has not ended; it does not begin before there is room."""
        return None

    def run(self) -> Verdict:
        """Take a turn: do what can be done now, without sleeping. Never raises."""

    def postponed(self, until: datetime) -> tuple[Event, ...]:
        """Return what to report when this run ends before the next turn, which is for `until`."""
