"""What the state here comes from: remembered in a ref of this working tree, beside the commit checked out."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError
from reconciler.provenance.git import DEEPEN
from reconciler.sharing.layout import is_shared

if TYPE_CHECKING:
    from reconciler.sharing.place import Place


class Synced:
    """The commits of the branch that the files here may come from."""

    def __init__(self, place: Place) -> None:
        """Look nothing up yet."""
        self._place = place
        about = f"{place.state}\0{place.target}"
        # Git keeps refs/worktree/ for each working tree apart, and no remote sees them.
        self._ref = f"refs/worktree/reconciler/{hashlib.sha256(about.encode()).hexdigest()[:12]}"
        self._next = f"{self._ref}-next"

    def remember(self, commit: str) -> None:
        """Note that the files here are those of a commit, but for what was changed here."""
        self._note(self._ref, commit)

    def expect(self, commit: str) -> None:
        """Note a commit that the files here are about to come from: a killed run is half way to it."""
        self._note(self._next, commit)

    def _note(self, ref: str, commit: str) -> None:
        git = self._place.git
        if git.run("update-ref", ref, commit).code:
            # A Git that was killed with its run leaves its lock of the ref behind, for good. These refs are
            # ours alone, and no other run is at work here: the lock of the state is held.
            lock = git.top / git.output("rev-parse", "--git-path", f"{ref}.lock")
            lock.unlink(missing_ok=True)
            git.output("update-ref", ref, commit)

    def bases(self, tip: str, head: str | None) -> list[dict[str, str]]:
        """Return the states that the files here may come from, the newest last.

        They are what a checkout has left, what the last run has, and what it was about to bring or to push:
        before the others, for only some of the files may be from there.

        Args:
            tip: of the branch.
            head: the commit that is checked out.

        Raises:
            RepositoryError: the history does not say how the two belong together.
        """
        commits = [self.merge_base(tip, head)]
        last = self._place.git.commit(self._ref)
        # One that the branch does not have any more (it was set back) says nothing.
        if last is not None and last not in commits and self._place.git.is_ancestor(last, tip):
            commits.insert(0 if self._place.git.is_ancestor(last, commits[0]) else 1, last)
        half_way = self._place.git.commit(self._next)
        if half_way is not None and half_way not in commits and self._place.git.is_ancestor(half_way, tip):
            commits.insert(0, half_way)
        return [self._state_at(each) for each in commits]

    def merge_base(self, tip: str, head: str | None) -> str:
        """Return the last commit that the branch and what is checked out have in common."""
        ran = self._place.git.run("merge-base", tip, head or "HEAD")
        if ran.code:
            raise RepositoryError(
                f"what is checked out has no commit in common with `{self._place.target}`; if the clone is "
                f"shallow, {DEEPEN}"
            )
        return ran.out.decode("ascii").split()[0]

    def _state_at(self, commit: str) -> dict[str, str]:
        found = self._place.git.files(commit, self._place.folders)
        named = ((self._place.shared(path), each) for path, each in found.items())
        return {path: each for path, each in named if path is not None and is_shared(path)}
