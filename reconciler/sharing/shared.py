"""A state that several clones share: one branch in Git, moved by compare-and-swap, merged by resource.

    sync      what is public is brought into the working tree, beside what is only here
    claim     what this run is about to work on is made public; who is first has it
    publish   what has become of it is made public, and the claims go with the same commit

The state's lock is held all the while: in one working tree only one run is at work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError, StalePlanError, StateError
from reconciler.sharing import branch, checkout
from reconciler.sharing import working_tree as disk
from reconciler.sharing.commits import make_commit, write_objects
from reconciler.sharing.layout import CLAIMS, META, STATE, is_shared
from reconciler.sharing.merging import Merged, merge
from reconciler.sharing.message import changes_of, claims_message, result_message
from reconciler.sharing.records import field as field_of
from reconciler.sharing.synced import Synced
from reconciler.store.claims import claim_path, decode_claim, encode_claim
from reconciler.store.event_log import entries_after, rebased, split

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.model.claim import Claim
    from reconciler.plan.claimed import Subject
    from reconciler.sharing.merging import Conflict
    from reconciler.sharing.place import Place
    from reconciler.sharing.run import Run, Waiting

MOST_TRIES = 40
"""How often a lost race is run again: each time somebody else has won it, so that all get on."""

_MOST_FAILURES = 3  # of pushes that fail though nobody else has pushed
_LONGEST_PAUSE = 4.0
_FIRST_PAUSE = 0.05
_TREE = ("reconciler.yaml", "reconciler.yml", "reconciler.json", "accounts", "certificates", "dns-providers")
_POLICY = ("identities", "roles")


@dataclass(slots=True)
class Published:
    """What came of publishing; `tries` counts the pushes of this run, lost ones among them."""

    commit: str
    pushes: int = 0
    tries: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    note: str | None = None


class SharedState:
    """The state of a tree, as one run shares it."""

    def __init__(self, place: Place, run: Run, waiting: Waiting) -> None:
        """Share the state at a place; nothing is done yet."""
        self._place = place
        self._run = run
        self._waiting = waiting
        self._synced = Synced(place)
        self._head = place.git.commit("HEAD")
        self._tip = ""
        self._theirs: dict[str, str] = {}
        self._claims: dict[str, Claim] = {}
        self.published = Published("")

    def sync(self) -> None:
        """Fetch the branch, and merge it into the state here.

        Raises:
            RepositoryError: it cannot be fetched.
            StateError: the state here is another one, has a private key in clear, or cannot be written.
            StalePlanError: the branch has a newer tree than the one that is about to be applied.
        """
        disk.refuse_keys_in_clear(self._place)
        self._bring(branch.fetch(self._place))
        self._refuse_old_tree()

    def other_claims(self) -> tuple[Claim, ...]:
        """Return what other runs have claimed, as of the last look at the branch."""
        return tuple(each for each in self._claims.values() if not self._run.is_of_this(each))

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
        """
        now = self._waiting.now()
        mine = [self._run.claim(each, now) for each in subjects]
        contents = {claim_path(each.kind, each.name): encode_claim(each) for each in mine}
        changes: dict[str, str | None] = dict.fromkeys(self._ended_claims())
        changes |= {f"{STATE}{path}": each for path, each in write_objects(self._place.git, contents).items()}
        won = self._push(changes, claims_message(mine, self._run, self._head), attempt)
        if won:
            self._bring(self._tip)
        else:
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
        for attempt in range(MOST_TRIES):
            if attempt == 0:
                self._bring(branch.fetch(self._place, min(seconds, branch.NETWORK_SECONDS)))
            changes, contents, message = self._results()
            if not contents and not self._is_worth_a_commit(changes):
                break
            disk.refuse_keys_in_clear(self._place)
            disk.refuse_key_content(contents)
            objects = write_objects(self._place.git, contents)
            if self._push({**changes, **objects}, message, attempt, until):
                self._bring(self._tip)
                break
            if self._waiting.monotonic() >= until:
                raise RepositoryError(self._gave_up())
        else:
            raise RepositoryError(self._gave_up())
        self.published.commit = self._tip
        self.published.note = checkout.settle(self._place, self._tip)
        return self.published

    def _results(self) -> tuple[dict[str, str | None], dict[str, bytes], str]:
        """Return what is to be removed, what is to be written with its content, and what to say of it."""
        here = disk.read_state(self._place)
        changes: dict[str, str | None] = dict.fromkeys(self._ended_claims())
        changes |= {path: None for path in self._theirs.keys() - here.keys() if is_shared(path)}
        contents = {
            path: disk.read(self._place, path)
            for path, each in here.items()
            if self._theirs.get(path) != each
        }
        records = {
            path.removeprefix("state/certificates/").removesuffix(".yaml"): disk.read(self._place, path)
            for path in here
            if path.startswith("state/certificates/")
        }
        for path, content in disk.read_output(self._place, records):
            if self._theirs.get(path) != disk.object_id(content):
                contents[path] = content
        by_object = {each: path for path, each in here.items()}

        def read(each: str) -> bytes:
            if each in by_object:
                return disk.read(self._place, by_object[each])
            return self._place.git.contents([each])[each]

        before = {path: each for path, each in self._theirs.items() if is_shared(path)}
        moved = changes_of(before, here, read)
        message = result_message(moved, self._run, self._head, len(self.published.conflicts))
        return changes, contents, message

    def _ended_claims(self) -> list[str]:
        """Return the claims that count no more: of this run, of dead ones here, and those past their end."""
        now = self._waiting.now()
        return [
            path for path, each in self._claims.items() if self._run.is_of_this(each) or not each.holds(now)
        ]

    def _is_worth_a_commit(self, changes: Mapping[str, str | None]) -> bool:
        """Say whether there is more to remove than claims of others that are past their end."""
        return any(path not in self._claims or self._run.is_of_this(self._claims[path]) for path in changes)

    def _push(
        self, changes: Mapping[str, str | None], message: str, attempt: int, until: float | None = None
    ) -> bool:
        """Put a commit after the one that is known; where that is no more the last, bring the new one here."""
        tip, place = self._tip, self._place
        in_repository = {place.in_repository(path): each for path, each in changes.items()}
        commit = make_commit(place.git, tip, in_repository, message)
        self.published.tries += 1
        refusal = branch.move(place, tip, commit, self._left(until))
        for failure in range(_MOST_FAILURES):
            if refusal is None:
                break
            self._pause(attempt + failure)
            now = branch.fetch(place, self._left(until))
            # That the answer was lost does not mean that nothing was done.
            if place.git.is_ancestor(commit, now):
                refusal = None
            elif now != tip:
                self._bring(now)
                return False
            else:
                self.published.tries += 1
                refusal = branch.move(place, tip, commit, self._left(until))
        if refusal is not None:
            raise RepositoryError(f"`{place.target}` cannot be pushed to: {refusal}")
        self.published.pushes += 1
        self._tip = commit
        return True

    def _left(self, until: float | None) -> float:
        if until is None:
            return branch.NETWORK_SECONDS
        return max(min(until - self._waiting.monotonic(), branch.NETWORK_SECONDS), 2.0)

    def _pause(self, attempt: int) -> None:
        longest = min(_FIRST_PAUSE * 2 ** min(attempt, 10), _LONGEST_PAUSE)
        self._waiting.sleep(self._waiting.draw() * longest)

    def _bring(self, tip: str) -> None:
        """Merge a commit of the branch into the state here."""
        place = self._place
        found = {
            name: each
            for path, each in place.git.files(tip, place.folders).items()
            if (name := place.shared(path))
        }
        theirs = {path: each for path, each in found.items() if is_shared(path)}
        bases = self._synced.bases(tip, self._head)
        ours = disk.read_state(place)
        ours = bases[-1] if self._is_only_here(ours, theirs, bases) else ours
        merged = self._merged(bases, ours, theirs)
        self._claims, claim_files = self._read_claims(found)
        self._write(merged, claim_files)
        self._theirs, self._tip = found, tip
        self._synced.remember(tip)
        self.published.conflicts += merged.conflicts

    def _is_only_here(
        self, ours: Mapping[str, str], theirs: Mapping[str, str], bases: list[dict[str, str]]
    ) -> bool:
        """Say whether nothing is here but what a run begins with; refuse another state.

        Raises:
            StateError: the state here is another one than that of the branch.
        """
        if set(ours) <= {META}:
            return True
        if META in ours and META in bases[-1] and META in theirs and ours[META] != theirs[META]:
            here = field_of(disk.read(self._place, META), "lineage")
            there = field_of(self._place.git.contents([theirs[META]])[theirs[META]], "lineage")
            if here != there:
                raise StateError(
                    f"the state in {self._place.git.top / self._place.state} is another one ({here}) than on "
                    f"`{self._place.target}` ({there}): move it away, and run this again"
                )
        return False

    def _merged(
        self, bases: list[dict[str, str]], ours: Mapping[str, str], theirs: Mapping[str, str]
    ) -> Merged:
        on_disk = {each: path for path, each in ours.items()}
        known = {each for base in (*bases, theirs) for each in base.values()}

        def read(each: str) -> bytes:
            if each in known:
                return self._place.git.contents([each])[each]
            return disk.read(self._place, on_disk[each])

        def one_log(ours: bytes, theirs: bytes) -> bytes:
            lineage = field_of(read(meta), "lineage") if (meta := theirs_meta) else ""
            lines, public = split(ours), split(theirs)
            return b"".join(line + b"\n" for line in rebased(public, entries_after(lines, public), lineage))

        theirs_meta = theirs.get(META) or ours.get(META)
        return merge(bases, ours, theirs, self._run.run_id, read, one_log)

    def _read_claims(self, found: Mapping[str, str]) -> tuple[dict[str, Claim], dict[str, bytes]]:
        paths = {path: each for path, each in found.items() if path.startswith(CLAIMS)}
        contents = self._place.git.contents(paths.values())
        files = {path: contents[each] for path, each in paths.items()}
        claims = {path: decode_claim(path.removeprefix(STATE), content) for path, content in files.items()}
        return claims, files

    def _write(self, merged: Merged, claims: Mapping[str, bytes]) -> None:
        """Make the files here what was merged; what comes from here is there already, at its path or another."""
        place = self._place
        here = disk.read_state(place)
        wanted = {path: each for path, each in merged.files.items() if here.get(path) != each}
        on_disk = {each: path for path, each in here.items()}
        local = {path: on_disk[each] for path, each in wanted.items() if each in on_disk}
        public = place.git.contents(
            each for path, each in wanted.items() if path not in local and path not in merged.made
        )
        after: dict[str, bytes | None] = {
            path: merged.made.get(path) or (disk.read(place, local[path]) if path in local else public[each])
            for path, each in wanted.items()
        }
        after |= dict.fromkeys(here.keys() - merged.files.keys())
        after |= dict.fromkeys(set(disk.claims_on_disk(place)) - claims.keys())
        after |= claims
        present = [path for path in claims if place.on_disk(path).is_file()]
        disk.bring(place, here | {path: disk.object_id(disk.read(place, path)) for path in present}, after)

    def _refuse_old_tree(self) -> None:
        """A tree that is not the newest would forget, or order anew, what a newer one has asked for."""
        base = self._synced.merge_base(self._tip, self._head)
        newer = checkout.changed_tree(self._place, base, self._tip, (*_TREE, *_POLICY))
        if newer:
            raise StalePlanError(
                f"`{self._place.target}` has a newer tree than commit {(self._head or '')[:12]}: {newer[0]} "
                f"{'' if len(newer) == 1 else f'and {len(newer) - 1} more files '}changed since; run this on the newest"
            )

    def _gave_up(self) -> str:
        return (
            f"`{self._place.target}` was pushed to by others each of {self.published.tries} times; what was done is "
            "in the state here: run `apply --commit` again"
        )
