"""Which of the commits that made a request counts, by the rules at the head of `history`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.provenance.ancestry import Ancestry


class OriginJudge(Struct, frozen=True):
    """Chooses among commits of one history.

    Attributes:
        shallow: the commits at which the history is cut off.
        start: the commit that everything leads to.
    """

    ancestry: Ancestry
    shallow: frozenset[str]
    start: str

    def choose(
        self, made: Iterable[str], merges: Sequence[tuple[str, str]], removals: Sequence[str]
    ) -> str | None:
        """Return the commit that counts; None if the history is cut off before that can be said.

        Args:
            made: the commits that made the request.
            merges: those that it came through, the newest first, with a parent of each that does not have it.
            removals: the commits that do not have it while a parent of them has.
        """
        found: set[str] = set()
        for commit in made:
            final = self._brought_back(commit, merges, removals)
            if final is None:
                return None
            found.add(final)
        last = {each for each in found if not any(self._is_before(each, other) for other in found)}
        return self._first(last)

    def _brought_back(
        self, commit: str, merges: Sequence[tuple[str, str]], removals: Sequence[str]
    ) -> str | None:
        """Return the merge that took a request from a side without its removal; else the commit."""
        sides: dict[str, list[str]] = {}
        for merge, lacking in reversed(merges):
            if self.ancestry.has(merge, commit):
                sides.setdefault(merge, []).append(lacking)
        for merge, those in sides.items():
            # All sides for a removal first: the order of a merge's parents must not decide.
            if any(self._knows_more(side, commit, removals) for side in those):
                commit = merge
            elif any(self._knows_more(side, commit, self.shallow) for side in those):
                return None
        return commit

    def _knows_more(self, side: str, commit: str, of: Iterable[str]) -> bool:
        """Say whether one of some commits leads to a side, and does not lead to a commit."""
        return any(
            each in self.ancestry.parents
            and self.ancestry.has(side, each)
            and not self.ancestry.has(commit, each)
            for each in of
        )

    def _is_before(self, commit: str, other: str) -> bool:
        return commit != other and self.ancestry.has(other, commit)

    def _first(self, commits: set[str]) -> str:
        """Return the one that the first parents lead to."""
        at: str | None = self.start
        while at is not None and len(commits) > 1:
            inside = ((parent, self._within(parent, commits)) for parent in self.ancestry.parents[at])
            at, commits = next(((parent, those) for parent, those in inside if those), (None, commits))
        return min(commits)

    def _within(self, commit: str, commits: set[str]) -> set[str]:
        return {each for each in commits if self.ancestry.has(commit, each)}
