"""Runs that share a state, without a CA: what `apply --commit` does around the engine."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.model.claim import ClaimKind
from reconciler.model.order import Stage, new_order_id
from reconciler.model.settings import Settings
from reconciler.plan.claimed import Subject
from reconciler.sharing.place import Place, find_place
from reconciler.sharing.run import Run, Waiting, clone_id
from reconciler.sharing.shared import SharedState
from reconciler.store import Store
from tests.unit import values

if TYPE_CHECKING:
    from reconciler.model.certificate import Certificate
    from reconciler.model.order import Order
    from tools.git_remote import Clone

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
WWW = Subject(ClaimKind.CERTIFICATE, "www", "ca")


@dataclass
class Clock:
    """A time that only waiting moves on."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)

    def now(self) -> dt.datetime:
        return NOW + dt.timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds

    @property
    def waiting(self) -> Waiting:
        return Waiting(self.now, lambda: self.seconds, self.sleep, lambda: 0.5)


def place_of(clone: Clone, *, push_to: str | None = None, trusted_ref: str | None = "origin/main") -> Place:
    return find_place(clone.root, Settings(), trusted_ref, push_to)


def run_in(clone: Clone, clock: Clock | None = None, *, push_to: str | None = None) -> SharedState:
    """Begin a run: the state is synchronized."""
    trusted = None if push_to else "origin/main"
    return begin(place_of(clone, push_to=push_to, trusted_ref=trusted), clock or Clock())


def begin(place: Place, clock: Clock) -> SharedState:
    run = Run(
        new_order_id(NOW),
        clone_id(place.git),
        "reconciler apply",
        "ci@runner",
        dt.timedelta(minutes=15),
        "https://ci.test/1",
    )
    shared = SharedState(place, run, clock.waiting)
    store_of(place).root.mkdir(parents=True, exist_ok=True)
    shared.sync()
    return shared


def store_of(place: Place) -> Store:
    return Store(place.git.top / place.state)


def store(clone: Clone) -> Store:
    return Store(clone.root / "state")


def order(number: int, name: str = "www", stage: Stage = Stage.SUBMITTED) -> Order:
    return replace(values.order(name, stage=stage), order_id=f"0197299e-0000-7000-8000-{number:012}")


def certificate(number: int, name: str = "www") -> Certificate:
    return replace(values.certificate(name), order_id=f"0197299e-0000-7000-8000-{number:012}")
