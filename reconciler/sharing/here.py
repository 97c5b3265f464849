"""The state in this working tree, beside what is public: brought up to date, and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import StateError
from reconciler.sharing import working_tree as disk
from reconciler.sharing.layout import CLAIMS, META, STATE, is_shared
from reconciler.sharing.left_by_git import LeftByGit
from reconciler.sharing.merging import merge
from reconciler.sharing.records import field
from reconciler.sharing.synced import Synced
from reconciler.store.claims import decode_claim
from reconciler.store.event_chain import entries_after, rebased, split
from reconciler.store.meta import check_format_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.claim import Claim
    from reconciler.sharing.merging import Conflict, Files, Merged
    from reconciler.sharing.place import Place


class Here:
    """What is here and what is public, as of the last look.

    Attributes:
        tip: the branch's last commit.
        public: its shared files, claims and output among them, and their objects.
        claims: what is claimed there, by the names of the files.
        conflicts: what was changed here and there, so far.
    """

    def __init__(self, place: Place, run_id: str) -> None:
        """Look at nothing yet."""
        self._place = place
        self._run_id = run_id
        self._synced = Synced(place)
        self.head = place.git.commit("HEAD")
        self.tip = ""
        self.public: dict[str, str] = {}
        self.claims: dict[str, Claim] = {}
        self.conflicts: list[Conflict] = []

    def bring(self, tip: str) -> None:
        """Merge a commit of the branch into the files here.

        Raises:
            RepositoryError: it cannot be read.
            StateError: the state here is another one, or cannot be written; or that of the branch has a newer
                format.
        """
        place = self._place
        named = ((place.shared(path), each) for path, each in place.git.files(tip, place.folders).items())
        public = {path: each for path, each in named if path is not None}
        theirs = {path: each for path, each in public.items() if is_shared(path)}
        if META in theirs:
            where = f"{place.in_repository(META)} on `{place.target}`"
            check_format_of(place.git.contents([theirs[META]])[theirs[META]], where)
        bases = self._synced.bases(tip, self.head)
        here = disk.read_state(place)
        left = LeftByGit(place) if not self.tip else None
        ours = {**here, **left.unchanged(here)} if left else here
        merged = self._merged(bases, bases[-1] if self._is_new(here, theirs, bases) else ours, theirs, here)
        claims = self._claims(public)
        self.claims = {path: self._claim(path, each) for path, each in claims.items()}
        self._write(tip, here, merged, claims)
        if left:
            left.take_over()
        self.public, self.tip = public, tip
        self._synced.remember(tip)
        self.conflicts += merged.conflicts

    def expect(self, commit: str) -> None:
        """Note a commit that is about to be pushed: what is here is public then, though we may be dead."""
        self._synced.expect(commit)

    def newer_than_checked_out(self) -> str:
        """Return the commit from which on the branch has what is not checked out."""
        return self._synced.merge_base(self.tip, self.head)

    def _is_new(self, here: Files, theirs: Files, bases: Sequence[Files]) -> bool:
        """Say whether nothing is here but what every run begins with.

        Raises:
            StateError: there is, and the branch has another state, or none any more.
        """
        if META not in theirs and META in here and META in bases[-1]:
            # Taken over, that would be an account and orders anew for all there is.
            raise StateError(
                f"the state was removed from `{self._place.target}`: put it back there (`git revert`); or to "
                f"begin anew, move {self._place.git.top / self._place.state} away"
            )
        if META not in theirs or META not in here:
            return META in theirs and not here
        if set(here) == {META}:
            return True
        if META in bases[-1] and here[META] != theirs[META]:
            own = field(disk.read(self._place, META), "lineage")
            other = field(self._place.git.contents([theirs[META]])[theirs[META]], "lineage")
            if own != other:
                raise StateError(
                    f"the state in {self._place.git.top / self._place.state} is another one ({own}) than on "
                    f"`{self._place.target}` ({other}): move it away, and run this again"
                )
        return False

    def _merged(self, bases: Sequence[Files], ours: Files, theirs: Files, here: Files) -> Merged:
        on_disk = {each: path for path, each in here.items()}

        def read(each: str) -> bytes:
            if each in on_disk:
                return disk.read(self._place, on_disk[each])
            return self._place.git.contents([each])[each]

        def one_log(own: bytes, other: bytes) -> bytes:
            meta = theirs.get(META) or ours.get(META)
            lineage = field(read(meta), "lineage") if meta else ""
            lines, public = split(own), split(other)
            return b"".join(line + b"\n" for line in rebased(public, entries_after(lines, public), lineage))

        return merge(bases, ours, theirs, self._run_id, read, one_log)

    def _claim(self, path: str, content: bytes) -> Claim:
        try:
            return decode_claim(path.removeprefix(STATE), content)
        except StateError as error:
            raise StateError(
                f"{self._place.in_repository(path)} on `{self._place.target}` is no claim ({error}): nobody "
                "can tell what it keeps from whom; remove it there"
            ) from error

    def _claims(self, public: Files) -> dict[str, bytes]:
        paths = {path: each for path, each in public.items() if path.startswith(CLAIMS)}
        contents = self._place.git.contents(paths.values())
        return {path: contents[each] for path, each in paths.items()}

    def _write(self, tip: str, here: Files, merged: Merged, claims: Mapping[str, bytes]) -> None:
        """Make the files here what was merged; some of it is here already, at its path or at another."""
        place = self._place
        wanted = {path: each for path, each in merged.files.items() if here.get(path) != each}
        on_disk = {each: path for path, each in here.items()}
        fetched = place.git.contents(
            each for path, each in wanted.items() if path not in merged.made and each not in on_disk
        )
        after: dict[str, bytes | None] = dict.fromkeys(here.keys() - merged.files.keys())
        for path, each in wanted.items():
            if path in merged.made:
                after[path] = merged.made[path]
            else:
                after[path] = fetched[each] if each in fetched else disk.read(place, on_disk[each])
        known = disk.read_claims(place)
        after |= dict.fromkeys(known.keys() - claims.keys())
        after |= claims
        if after.keys() - claims.keys():
            self._synced.expect(tip)
        disk.bring(place, {**here, **known}, after)
