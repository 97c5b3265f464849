from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from reconciler.engine.preflight.answers import MOST_FAILURES, Answers
from reconciler.engine.preflight.side_by_side import side_by_side
from reconciler.errors import ChallengeError, NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable


def test_results_come_in_the_order_of_the_work() -> None:
    def slow(number: int) -> int:
        time.sleep((5 - number) / 100)
        return number

    work = [lambda number=number: slow(number) for number in range(5)]
    assert side_by_side(work, 3, 10, time.monotonic) == [0, 1, 2, 3, 4]
    assert side_by_side([], 3, 10, time.monotonic) == []


def test_only_so_many_are_under_way_at_once() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def count() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1

    side_by_side([count] * 20, 4, 10, time.monotonic)
    assert 1 < most <= 4


def test_what_hangs_is_left_behind_and_what_waits_is_not_begun() -> None:
    release, begun = threading.Event(), []

    def hang() -> str:
        begun.append(1)
        release.wait(30)
        return "late"

    began = time.monotonic()
    results = side_by_side([lambda: "quick", hang, hang, hang], 2, 0.3, time.monotonic)
    assert time.monotonic() - began < 2
    release.set()
    assert results == ["quick", None, None, None]
    assert len(begun) == 2


def test_how_far_it_has_come_is_told_by_the_one_who_waits() -> None:
    release, told, tellers = threading.Event(), [], set()

    def tell(done: int) -> None:
        told.append(done)
        tellers.add(threading.current_thread())
        if done == 2:
            release.set()

    work: list[Callable[[], object]] = [lambda: "quick", lambda: "quick", lambda: release.wait(30)]
    assert side_by_side(work, 1, 10, time.monotonic, tell) == ["quick", "quick", True]
    assert told == sorted(told)
    assert set(told) <= {0, 1, 2, 3}
    assert (told[0], told[-1]) == (0, 3)
    assert tellers == {threading.current_thread()}
    told.clear()
    assert side_by_side([], 1, 10, time.monotonic, tell) == []
    assert told == []


def test_a_question_is_asked_once_by_however_many_threads() -> None:
    answers, asked = Answers(), []

    def ask() -> str:
        asked.append(1)
        time.sleep(0.02)
        return "answer"

    work = [lambda: answers.get("question", ask)] * 8
    assert side_by_side(work, 8, 10, time.monotonic) == ["answer"] * 8
    assert len(asked) == 1


def test_an_error_is_an_answer_too() -> None:
    answers, asked = Answers(), []

    def ask() -> str:
        asked.append(1)
        raise ChallengeError("wrong")

    for _ in range(3):
        with pytest.raises(ChallengeError, match="wrong"):
            answers.get("question", ask)
    assert len(asked) == 1


def test_who_has_never_answered_is_left_alone() -> None:
    answers, asked = Answers(), []

    def silent() -> str:
        asked.append(1)
        raise NoAnswerError("nobody")

    for number in range(20):
        with pytest.raises(NoAnswerError, match="nobody"):
            answers.get(number, silent, "dns")
    assert len(asked) == MOST_FAILURES
    # That is no word about others, nor about one who has answered before.
    assert answers.get("x", lambda: "answer", "another") == "answer"
    for number in range(20):
        with pytest.raises(NoAnswerError):
            answers.get(("another", number), silent, "another")
    assert len(asked) == MOST_FAILURES + 20
