from __future__ import annotations

import itertools
import threading

import pytest

from reconciler.ca.deadline import within
from reconciler.ca.nonces import CAPACITY, FETCHES_AT_ONCE, LONGEST_AGE, NoncePool
from tests.unit.ca.clock import Clock


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
