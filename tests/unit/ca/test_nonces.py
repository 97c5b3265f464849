from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

import pytest

from reconciler.ca import nonces
from reconciler.ca.deadline import within
from reconciler.ca.nonces import (
    CAPACITY,
    FETCHES_AT_ONCE,
    FEW,
    LONGEST_AGE,
    REQUESTS_FOR_ONE,
    NoncePool,
)
from tests.unit.ca.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


class Fetcher:
    def __init__(self) -> None:
        self.count = itertools.count()
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        return f"fetched{next(self.count)}"


def test_the_freshest_first_each_once() -> None:
    fetch = Fetcher()
    pool = NoncePool(fetch, Clock())
    for each in ("a", "b", "c"):
        pool.put(each)
    assert [pool.take() for _ in range(4)] == ["c", "b", "a", "fetched0"]
    assert fetch.calls == 1


@pytest.mark.parametrize("value", [None, "", "a b", "a\n", "a=", "é", "x" * 513])
def test_what_is_no_nonce_is_ignored(value: str | None) -> None:
    pool = NoncePool(Fetcher(), Clock())
    pool.put(value)
    assert pool.take() == "fetched0"


def test_old_nonces_are_forgotten() -> None:
    clock = Clock()
    pool = NoncePool(Fetcher(), clock)
    pool.put("old")
    clock.seconds += LONGEST_AGE
    pool.put("young")
    clock.seconds += 1
    assert [pool.take() for _ in range(2)] == ["young", "fetched0"]


def test_the_pool_is_bounded() -> None:
    pool = NoncePool(Fetcher(), Clock())
    for number in range(CAPACITY + 10):
        pool.put(f"n{number}")
    taken = [pool.take() for _ in range(CAPACITY + 1)]
    assert taken[-2:] == ["n10", "fetched0"]


def test_threads_that_start_together_ask_for_few_nonces() -> None:
    entered = threading.Semaphore(0)
    proceed = threading.Event()
    under_way: list[int] = []
    lock = threading.Lock()
    numbers = itertools.count()

    def fetch() -> str:
        with lock:
            under_way.append(1)
        entered.release()
        assert proceed.wait(10)
        return f"fetched{next(numbers)}"

    pool = NoncePool(fetch, Clock())
    taken: list[str] = []

    def work() -> None:
        nonce = pool.take()
        with lock:
            taken.append(nonce)
        # The answer to the request that used it brings the next one.
        pool.put(f"{nonce}-next")
        pool.release()

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for _ in range(FETCHES_AT_ONCE):
        assert entered.acquire(timeout=10)
    assert not entered.acquire(blocking=False)
    proceed.set()
    for thread in threads:
        thread.join(10)
    assert len(taken) == len(set(taken)) == 20


def test_a_waiting_thread_takes_over_when_a_fetch_fails() -> None:
    first = threading.Event()
    answers = iter(["fail", "good"])

    def fetch() -> str:
        if next(answers) == "fail":
            assert first.wait(10)
            raise OSError
        return "good"

    pool = NoncePool(fetch, Clock())

    def failing() -> None:
        with pytest.raises(OSError, match=r"^$"):
            pool.take()

    thread = threading.Thread(target=failing)
    thread.start()
    first.set()
    thread.join(10)
    assert pool.take() == "good"


def test_waiting_ends_with_the_deadline() -> None:
    proceed = threading.Event()

    def fetch() -> str:
        assert proceed.wait(10)
        return "late"

    pool = NoncePool(fetch, Clock())
    threads = [threading.Thread(target=pool.take) for _ in range(FETCHES_AT_ONCE)]
    for thread in threads:
        thread.start()
    try:
        with within(0.1), pytest.raises(TimeoutError):
            pool.take()
    finally:
        proceed.set()
        for thread in threads:
            thread.join(10)


def holding(pool: NoncePool, count: int, until: threading.Event) -> list[threading.Thread]:
    """Let threads take a nonce each, and hold it."""
    taken = threading.Semaphore(0)

    def hold() -> None:
        pool.take()
        taken.release()
        assert until.wait(10)
        pool.release()

    threads = [threading.Thread(target=hold) for _ in range(count)]
    for thread in threads:
        thread.start()
        assert taken.acquire(timeout=10)
    return threads


@pytest.fixture
def until() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_where_a_few_are_under_way_the_next_one_that_comes_back_is_waited_for(until: threading.Event) -> None:
    fetch = Fetcher()
    pool = NoncePool(fetch, Clock())
    threads = holding(pool, FEW, until)
    with within(0.1), pytest.raises(TimeoutError):
        pool.take()
    assert fetch.calls == FEW
    pool.put("came-back")
    assert pool.take() == "came-back"
    until.set()
    for thread in threads:
        thread.join(10)


def test_but_not_for_long(until: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nonces, "PATIENCE", 0.01)
    fetch = Fetcher()
    pool = NoncePool(fetch, Clock())
    holding(pool, FEW, until)
    assert pool.take() == f"fetched{FEW}"


def test_a_nonce_that_never_came_back_is_replaced(until: threading.Event) -> None:
    fetch = Fetcher()
    pool = NoncePool(fetch, Clock())
    holding(pool, FEW - 1, until)
    for number in range(3 * FEW):
        # The thread that holds one, and wants one, has lost it.
        assert pool.take() == f"fetched{FEW - 1 + number}"


def test_in_a_long_run_there_may_be_more(until: threading.Event) -> None:
    fetch = Fetcher()
    pool = NoncePool(fetch, Clock())
    for _ in range((FEW + 2) * REQUESTS_FOR_ONE):
        pool.release()
    holding(pool, FEW + 2, until)
    assert fetch.calls == FEW + 2
