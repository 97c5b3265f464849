"""The commits of a history and their parents, in memory."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.provenance.repository import Repository


class Ancestry:
    """Everything that leads to a commit.

    Attributes:
        parents: of each commit, every commit before its parents.
    """

    def __init__(self, repository: Repository, start: str) -> None:
        """Read the history.

        Raises:
            RepositoryError: Git cannot read it.
        """
        lines = repository.output("rev-list", "--topo-order", "--parents", start, "--").splitlines()
        self.parents: dict[str, tuple[str, ...]] = {}
        for line in lines:
            commit, *parents = line.split(" ")
            self.parents[commit] = tuple(parents)
        self._heights: dict[str, int] = {}
        self._known: dict[tuple[str, str], bool] = {}

    def write_pairs(self, file: IO[bytes]) -> None:
        """Write each commit with each of its parents in turn, one pair a line; a first commit alone."""
        for commit, parents in self.parents.items():
            for parent in parents or ("",):
                file.write(f"{commit} {parent}".rstrip().encode("ascii") + b"\n")

    def has(self, commit: str, ancestor: str) -> bool:
        """Say whether a commit is, or comes after, another."""
        known = self._known.get((commit, ancestor))
        if known is None:
            known = self._known[commit, ancestor] = self._search(commit, ancestor)
        return known

    def _search(self, commit: str, ancestor: str) -> bool:
        lowest = self.height(ancestor)
        pending, seen = [commit], {commit}
        while pending:
            here = pending.pop()
            if here == ancestor:
                return True
            for parent in self.parents[here]:
                # What is not higher than the ancestor cannot come after it.
                if parent not in seen and (self.height(parent) > lowest or parent == ancestor):
                    seen.add(parent)
                    pending.append(parent)
        return False

    def height(self, commit: str) -> int:
        """Return a number that is higher than that of any of the commit's parents."""
        if not self._heights:
            for each, parents in reversed(self.parents.items()):
                self._heights[each] = 1 + max((self._heights[parent] for parent in parents), default=0)
        return self._heights[commit]
