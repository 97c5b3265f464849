"""Answers of others, asked for once in a run, whether they are good or bad."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.errors import NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_T = TypeVar("_T")
MOST_FAILURES = 4
"""How many questions one who has never answered is asked; then it is left alone."""


class Answers:
    """Answers by question. Safe for threads: who asks what is being asked just now waits for it."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, Future[Any]] = {}
        self._asking = threading.Lock()
        self._have_answered: set[Hashable] = set()
        self._silent: dict[Hashable, list[NoAnswerError]] = {}

    def get(self, question: Hashable, ask: Callable[[], _T], whom: Hashable = None) -> _T:
        """Return the answer to a question; an error is one as well, and raised for all who ask.

        Args:
            question: what tells it from others.
            ask: gets the answer.
            whom: who is asked; where nobody has ever answered there, it ends after some questions.
        """
        with self._asking:
            known = self._answers.get(question)
            future = self._answers.setdefault(question, Future())
        if known is None:
            try:
                future.set_result(self._ask(ask, whom))
            except BaseException as error:  # noqa: BLE001 - kept, and raised below
                future.set_exception(error)
        answer: _T = future.result()
        return answer

    def _ask(self, ask: Callable[[], _T], whom: Hashable) -> _T:
        failures = self._silent.setdefault(whom, [])
        if whom is not None and whom not in self._have_answered and len(failures) >= MOST_FAILURES:
            raise failures[-1]
        try:
            return ask()
        except NoAnswerError as error:
            failures.append(error)
            raise
        finally:
            if not failures:
                self._have_answered.add(whom)
