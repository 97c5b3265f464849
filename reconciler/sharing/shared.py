"""A state that several clones share: one branch in Git, moved by compare-and-swap, merged by resource.

    sync      what is public is brought into the working tree, beside what is only here
    claim     what this run is about to work on is made public; who is first has it
    publish   what has become of it is made public, and the claims go with the same commit

The state's lock is held all the while: in one working tree only one run is at work.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.errors import OldTreeError, RepositoryError
from reconciler.sharing.checkout import changed_tree, settle
from reconciler.sharing.commits import write_objects
from reconciler.sharing.here import Here
from reconciler.sharing.layout import STATE
from reconciler.sharing.message import claims_message
from reconciler.sharing.pushing import MOST_TRIES, Pusher
from reconciler.sharing.results import results
from reconciler.store.claims import claim_path, encode_claim
from reconciler.tree import TREE_PATHS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reconciler.model.claim import Claim
    from reconciler.plan.claimed import Subject
    from reconciler.sharing.merging import Conflict
    from reconciler.sharing.place import Place
    from reconciler.sharing.run import Run, Waiting

# A claim past its end is in nobody's way; to a clock that is wrong they all look like that.
_KEPT = timedelta(days=1)


class Published(Struct, frozen=True):
    """What has become public of a run.

    Attributes:
        commit: the branch's last one.
        pushes: how many commits of this run are public.
        tries: how often one was pushed, lost races among them.
        conflicts: what was changed here and by others.
        note: what else is to be said.
    """

    commit: str
    pushes: int
    tries: int
    conflicts: Sequence[Conflict]
    note: str | None = None


class SharedState:
    """The state of a tree, as one run shares it."""

    def __init__(self, place: Place, run: Run, waiting: Waiting) -> None:
        """Share the state at a place; nothing is done yet."""
        self._place = place
        self._run = run
        self._waiting = waiting
        self._here = Here(place, run.run_id)
        self._pusher = Pusher(place, self._here, waiting)

    def sync(self) -> None:
        """Fetch the branch, and merge it into the state here.

        Raises:
            RepositoryError: it cannot be fetched.
            StateError: the state here is another one, or cannot be written.
            OldTreeError: the branch has a newer tree than the one that is about to be applied.
        """
        self._here.bring(self._pusher.fetch())
        self._refuse_old_tree()

    def other_claims(self) -> tuple[Claim, ...]:
        """Return what other runs have claimed, as of the last look at the branch."""
        return tuple(each for each in self._here.claims.values() if not self._run.owns(each))

    def claim(self, subjects: Collection[Subject], attempt: int) -> bool:
        """Say publicly what this run is about to work on.

        Args:
            subjects: all of it; what others have claimed is not among it.
            attempt: how often that was tried before.

        Returns:
            whether it has them; otherwise somebody was faster, and the state here is as they have made it:
            what is to be done has to be thought over.

        Raises:
            RepositoryError: it cannot be pushed; nothing has been claimed.
            OldTreeError: the branch has a newer tree by now.
        """
        now = self._waiting.now()
        mine = [self._run.claim(each, now) for each in subjects]
        contents = {STATE + claim_path(each.kind, each.name): encode_claim(each) for each in mine}
        objects = write_objects(self._place.git, contents)
        changes: dict[str, str | None] = {**dict.fromkeys(self._ended_claims()), **objects}
        won = self._pusher.push(changes, claims_message(mine, self._run, self._here.head), attempt)
        if not won:
            self._refuse_old_tree()
        return won

    def publish(self, seconds: float) -> Published:
        """Make public what is here, and take the claims of this run back.

        Args:
            seconds: after which no further try is made.

        Raises:
            RepositoryError, StateError: it could not be; all is here, and the next run goes on with it.
        """
        until = self._waiting.monotonic() + seconds
        self._here.bring(self._pusher.fetch(until))
        attempt = 0
        while not self._publish_once(attempt, until):
            attempt += 1
            if attempt == MOST_TRIES or self._waiting.monotonic() >= until:
                raise RepositoryError(
                    f"others were faster with `{self._place.target}` each of {attempt} times"
                )
        note = settle(self._place, self._here.tip)
        pusher = self._pusher
        return Published(self._here.tip, pusher.pushes, pusher.tries, self._here.conflicts, note)

    def _publish_once(self, attempt: int, until: float) -> bool:
        kept = [each for conflict in self._here.conflicts for each in conflict.kept[:1]]
        found = results(self._place, self._here, self._run, kept)
        if not found.is_anything and not any(map(self._run.owns, self._here.claims.values())):
            return True
        removed: dict[str, str | None] = dict.fromkeys((*self._ended_claims(), *found.removed))
        objects = write_objects(self._place.git, found.written)
        return self._pusher.push({**removed, **objects}, found.message, attempt, until)

    def _ended_claims(self) -> list[str]:
        """Return the claims to take away: of this run, of dead ones here, and those long past their end."""
        long_ago = self._waiting.now() - _KEPT
        claims = self._here.claims.items()
        return [path for path, each in claims if self._run.owns(each) or not each.holds(long_ago)]

    def _refuse_old_tree(self) -> None:
        """A tree that is not the newest would forget, or order anew, what a newer one has asked for."""
        base = self._here.newer_than_checked_out()
        newer = changed_tree(self._place, base, self._here.tip, TREE_PATHS)
        if newer:
            more = f" and {len(newer) - 1} more" if len(newer) > 1 else ""
            raise OldTreeError(
                f"`{self._place.target}` has a newer tree than what is checked out here: {newer[0]}{more} "
                f"changed since commit {base[:12]}"
            )
