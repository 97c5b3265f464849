"""Compare-and-swap: a commit is put after the one that is known to be the last, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError
from reconciler.sharing import branch
from reconciler.sharing.commits import make_commit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sharing.here import Here
    from reconciler.sharing.place import Place
    from reconciler.sharing.run import Waiting

MOST_TRIES = 40
"""How often a lost race is run again: each time somebody else has won it, so that all get on."""

_MOST_FAILURES = 3  # of pushes that fail though nobody else has pushed
_SLOWER = 4  # who does not answer needs more time than who is in a race
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 4.0


class Pusher:
    """Pushes the commits of one run.

    Attributes:
        pushes, tries: how many commits are public now, and how often that was tried.
    """

    def __init__(self, place: Place, here: Here, waiting: Waiting) -> None:
        """Push nothing yet."""
        self._place = place
        self._here = here
        self._waiting = waiting
        self.pushes = 0
        self.tries = 0

    def push(
        self, changes: Mapping[str, str | None], message: str, attempt: int, until: float | None = None
    ) -> bool:
        """Put a commit after the one that is known, and bring it here.

        Args:
            changes: the objects by the names of shared files; None removes one.
            message: of the commit.
            attempt: how many races were lost before.
            until: when to give up, by the monotonic clock.

        Returns:
            whether it is public; otherwise somebody was faster, and what they have pushed is brought here.

        Raises:
            RefusedError: the server does not take it.
            RepositoryError: the remote cannot be reached.
        """
        place, tip = self._place, self._here.tip
        in_repository = {place.in_repository(path): each for path, each in changes.items()}
        commit = make_commit(place.git, tip, in_repository, message)
        self._here.expect(commit)
        for failure in range(_MOST_FAILURES):
            self.tries += 1
            refused = None
            try:
                refusal = branch.move(place, tip, commit, self._left(until))
            except RepositoryError as error:
                refused, refusal = error, str(error)
            if refusal is None:
                break
            self._pause(attempt + failure)
            now = self.fetch(until)
            # That the answer was lost does not mean that nothing was done.
            if place.git.is_ancestor(commit, now):
                commit = now
                break
            if now != tip:
                # Whatever the server has said: servers have many words for a lost race.
                self._here.bring(now)
                return False
            if isinstance(refused, branch.RefusedError):
                raise refused
        else:
            raise RepositoryError(f"`{place.target}` cannot be pushed to: {refusal}")
        self.pushes += 1
        self._here.bring(commit)
        return True

    def fetch(self, until: float | None = None) -> str:
        """Return the commit that the branch is at; asks again where the remote does not answer.

        Raises:
            RepositoryError: it does not answer, or has no such branch.
        """
        for failure in range(_MOST_FAILURES):
            try:
                return branch.fetch(self._place, self._left(until))
            except RepositoryError:
                is_late = until is not None and self._waiting.monotonic() >= until
                if failure == _MOST_FAILURES - 1 or is_late:
                    raise
                self._pause(_SLOWER + failure)
        raise AssertionError  # the loop returns, or raises

    def _left(self, until: float | None) -> float:
        if until is None:
            return branch.NETWORK_SECONDS
        return max(min(until - self._waiting.monotonic(), branch.NETWORK_SECONDS), 2.0)

    def _pause(self, attempt: int) -> None:
        longest = min(_FIRST_PAUSE * 2 ** min(attempt, 10), _LONGEST_PAUSE)
        self._waiting.sleep(self._waiting.draw() * longest)
