"""In which order work is done where there is much of it, and how much of it is begun at once."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

import pytest

from reconciler.engine import order_task
from reconciler.engine.options import ApplyOptions
from reconciler.engine.rank import Rank
from reconciler.engine.scheduler import Scheduler
from reconciler.engine.task import Task, Verdict
from reconciler.model.order import Status
from tests.engine.checks import assert_settled
from tests.engine.fake_clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.engine.window import Share
    from reconciler.model.events import Event
    from tests.engine.rig import Rig

ONE_AT_A_TIME = ApplyOptions(parallelism=1)
_OVER = (Status.VALID, Status.INVALID)


def want_many(rig: Rig, number: int, names: int = 1) -> None:
    for each in range(number):
        rig.want(f"{each}", *(f"n{name}.c{each}.example.com" for name in range(names)))


def narrow(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(order_task, "_MOST_IDENTIFIERS_UNDER_WAY", width)


def under_way(rig: Rig) -> int:
    """Return how many names orders are open for."""
    return sum(len(each.identifiers) for each in rig.server.orders.values() if each.status not in _OVER)


@pytest.mark.parametrize("retry_after", [None, dt.timedelta(seconds=2)])
def test_all_orders_are_finalized_before_the_first_is_looked_at_again(
    rig: Rig, retry_after: dt.timedelta | None
) -> None:
    rig.server.processing_looks = 1
    rig.server.renewal_info = True
    asked: list[str] = []

    def take_time(name: str) -> None:
        asked.append(name)
        rig.clock.sleep(0.05)
        if name == "finalize_order":
            rig.server.retry_after = retry_after

    rig.server.after_request = take_time
    want_many(rig, 30)
    assert len(rig.apply(ONE_AT_A_TIME).issued) == 30
    last = max(number for number, name in enumerate(asked) if name == "finalize_order")
    # Each was looked at once before; and newOrders come before anything else.
    assert asked[:last].count("read_order") == 30
    assert "download_certificate" not in asked[:last]
    assert asked[asked.index("new_order") :][:30] == ["new_order"] * 30
    # Nothing waits for what nothing depends on.
    assert asked[-30:] == ["read_renewal_info"] * 30


def test_no_more_is_begun_than_fits_into_the_window(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, 6)
    most: list[int] = []
    rig.server.after_request = lambda _name: most.append(under_way(rig))
    want_many(rig, 12, names=2)
    rig.want("wide", *(f"w{each}.example.com" for each in range(9)))  # does not fit, and goes alone
    assert len(rig.apply().issued) == 13
    assert max(most) == 9
    assert_settled(rig)


def test_who_waits_for_people_leaves_the_window(rig_by_hand: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, 1)
    want_many(rig_by_hand, 4)
    assert len(rig_by_hand.apply().awaiting_people) == 4


def test_what_is_left_to_the_next_run_leaves_the_window(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, 1)
    rig.server.processing_looks = 1
    want_many(rig, 4)
    assert len(rig.apply(ApplyOptions(wait=False)).waiting_for_ca) == 4
    assert len(rig.server.issued) == 4
    assert len(rig.apply().issued) == 4


def test_what_had_no_room_in_time_is_told_of_and_done_by_the_next_run(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch, 1)
    rig.server.after_request = lambda _name: rig.clock.sleep(3)
    want_many(rig, 10)
    result = rig.apply(ApplyOptions(timeout=dt.timedelta(seconds=30)))
    assert result.issued
    assert len(result.issued) + len(result.waiting_for_ca) == 10
    assert len(list(rig.store.orders())) < 10
    rig.server.after_request = lambda _name: None
    rig.apply()
    assert_settled(rig)


def test_a_run_that_is_stopped_begins_nothing_that_waits_for_room(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch, 1)
    want_many(rig, 5)
    rig.server.after_request = lambda name: rig.stop.set() if name == "download_certificate" else None
    result = rig.apply()
    assert result.stopped
    assert len(result.issued) == 1
    assert len(rig.server.orders) == 1
    rig.stop.clear()
    rig.server.after_request = lambda _name: None
    assert len(rig.apply().issued) == 4


class Turns(Task):
    """Takes a number of turns of a second each."""

    def __init__(self, clock: FakeClock, log: list[str], name: str, rank: Rank, number: int) -> None:
        self._clock = clock
        self._log = log
        self._name = name
        self._rank = rank
        self._left = number

    @property
    def rank(self) -> Rank:
        return self._rank

    @property
    def share(self) -> Share | None:
        return None

    def run(self) -> Verdict:
        self._log.append(self._name)
        self._clock.sleep(1)
        self._left -= 1
        return Verdict(again_at=self._clock.now() if self._left else None)

    def postponed(self, until: dt.datetime) -> tuple[Event, ...]:
        raise AssertionError(f"there was time until {until}")


def turns_of(clock: FakeClock, log: list[str], *tasks: Task) -> list[str]:
    def report(_events: Sequence[Event]) -> None:
        raise AssertionError("there is nothing to tell")

    assert Scheduler(ONE_AT_A_TIME, clock, report, threading.Event()).run(tasks)
    return log


def test_the_lower_rank_goes_first() -> None:
    clock, log = FakeClock(), list[str]()
    late = Turns(clock, log, "late", Rank.FETCH, 2)
    early = Turns(clock, log, "early", Rank.SUBMIT, 2)
    assert turns_of(clock, log, late, early) == ["early", "early", "late", "late"]


def test_one_at_a_time_is_meant_so_for_questions_too() -> None:
    clock, log, begun = FakeClock(), list[str](), threading.Event()

    class Order(Turns):
        def run(self) -> Verdict:
            verdict = super().run()
            if verdict.again_at is None:
                begun.set()
                return verdict
            return Verdict(again_at=verdict.again_at + dt.timedelta(seconds=10))

    class Question(Turns):
        def run(self) -> Verdict:
            # The time of the order comes while this is under way.
            self._clock.sleep(20)
            assert not begun.wait(0.3)
            return super().run()

    order, question = Order(clock, log, "order", Rank.FETCH, 2), Question(clock, log, "question", Rank.ASK, 1)
    assert turns_of(clock, log, order, question) == ["order", "question", "order"]


def test_what_nothing_waits_for_holds_nothing_up() -> None:
    """It has threads of its own, so that all of it may be slow at once."""
    clock, asked, done = FakeClock(), threading.Event(), list[str]()

    class Question(Turns):
        def run(self) -> Verdict:
            asked.wait(60)
            return super().run()

    class Work(Turns):
        def run(self) -> Verdict:
            if self._left == 1:
                asked.set()
            return super().run()

    questions = [Question(clock, [], "question", Rank.ASK, 1) for _ in range(20)]
    work = [Work(clock, done, "work", Rank.FETCH, 3) for _ in range(2)]
    scheduler = Scheduler(ApplyOptions(parallelism=2), clock, lambda _: None, threading.Event())
    assert scheduler.run([*questions, *work])
    assert done == ["work"] * 6


def test_nobody_is_overtaken_for_ever() -> None:
    clock, log = FakeClock(), list[str]()
    late = Turns(clock, log, "late", Rank.FETCH, 1)
    early = Turns(clock, log, "early", Rank.SUBMIT, 60)
    waited = turns_of(clock, log, late, early).index("late")
    assert 5 <= waited <= 20
