"""One plan and the cache: does an earlier verdict still hold, and is one of this run kept?"""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from msgspec.json import decode, encode

from reconciler.forked import Forked
from reconciler.verdict.git_facts import GitFacts, Question, head_of
from reconciler.verdict.kept import Verdict, read_verdict, write_verdict
from reconciler.verdict.places import LinkError, listed
from reconciler.verdict.program import program_digest
from reconciler.verdict.sweep import Seen, sweep

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from reconciler.verdict.places import Places

# What was changed so shortly before it was read may be changed once more without a sign of it: file systems
# have clocks that go in steps, and may be behind.
_UNSETTLED = timedelta(seconds=2)


class PlanCache:
    """The cache, for one plan of one tree; made before anything of the tree is read."""

    def __init__(self, folder: Path, root: str, now: datetime) -> None:
        """Look at nothing but the program.

        Args:
            folder: of the cache.
            root: of the tree; a real path.
            now: the time.
        """
        self._folder = folder
        self._root = root
        self._began = now
        self._program = program_digest()
        self._head: str | None = None
        self._beside: tuple[Places, Forked] | None = None

    def recall(self, *, with_digest: bool) -> Verdict | None:
        """Return what an earlier plan has found, if this one would find the same.

        Args:
            with_digest: whether the plan's digest is asked for.
        """
        verdict = read_verdict(self._folder, self._root)
        if verdict is None or not self._could_hold(verdict, with_digest=with_digest):
            self._head = head_of(self._root)
            return None
        seen, git = _look(verdict.places)
        self._head = git.head if git else None
        return verdict if seen and git and _digest(seen, git) == verdict.seen else None

    def look(self, places: Places) -> None:
        """Begin to look at what may be kept, beside the plan: whoever of them is first, a change shows.

        Args:
            places: where the plan looks.
        """
        if self._head is not None:
            self._beside = places, Forked(lambda: encode(_look(places)))

    def give_up(self) -> None:
        """Look no more: there is something to do."""
        if self._beside is not None:
            self._beside[1].close()

    def keep(self, until: datetime, unchanged: int, digest: str | None) -> None:
        """Keep that there was nothing to do; not where something may have changed meanwhile.

        Args:
            until: how long that holds.
            unchanged: how many certificates are as the tree wants them.
            digest: of the plan, where it is known.
        """
        if self._beside is None:
            return
        places, beside = self._beside
        told = beside.result()
        seen, git = decode(told, type=_Looked) if told else _look(places)
        settled = int((self._began - _UNSETTLED).timestamp() * 10**9)
        if seen is None or git is None or git.head != self._head or seen.newest >= settled:
            return
        found = _digest(seen, git)
        write_verdict(
            self._folder, Verdict(places, self._program, found, self._began, until, unchanged, digest)
        )

    def _could_hold(self, verdict: Verdict, *, with_digest: bool) -> bool:
        return (
            verdict.program == self._program
            and verdict.made <= self._began < verdict.until
            and not (with_digest and verdict.digest is None)
        )


_Looked = tuple[Seen | None, GitFacts | None]


def _look(places: Places) -> _Looked:
    try:
        found = listed(places)
    except (LinkError, OSError):
        return None, None
    question = Question(places)
    try:
        seen = sweep(found)
    finally:
        git = question.answer()
    return seen, git


def _digest(seen: Seen, git: GitFacts) -> str:
    return blake2b(f"{seen.digest} {git.names} {git.head}".encode("utf-8", "surrogateescape")).hexdigest()
