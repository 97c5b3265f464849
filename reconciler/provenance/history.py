"""Which commit last changed each request: one walk through the history for all of them.

The walk goes from a commit to its parents, and takes each request along to every parent that has the same
one. Where no parent has it, that commit made the request what it is.

- A merge that none of whose parents has a request made it itself.
- Of several commits that made a request, the last counts: where one comes after another, the request was
  changed or removed between the two, and the later commit asked anew. Of those that know nothing of each
  other (two branches made the same request) the first parents of the merges lead to the one that counts.
- What a merge brings back is the merge's: where one side has removed or changed the request, and the other
  does not know of that, taking it from the other side is a new request. Without this rule, merging an old
  commit, or one that was never merged itself, would renew its author's request in the author's name.
- Renamed files are new requests: a certificate's name is its path.
- Where the history is cut off (a shallow clone), nothing is known.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.provenance.ancestry import Ancestry
from reconciler.provenance.origin import OriginJudge
from reconciler.tree.request import csr_path_of, request_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.provenance.repository import Repository
    from reconciler.tree.request import Request


class Wanted(Struct, frozen=True):
    """A request whose origin is looked for: the path of its file, and what it says."""

    path: str
    request: Request


class Origins(Struct, frozen=True):
    """What a walk has found, by the paths of the certificates' files.

    Attributes:
        commits: the commit that last changed the request.
        uncommitted: requests that the commit at the start of the walk does not have, or has otherwise.
        cut_off: requests that are older than what a shallow clone has.
    """

    commits: Mapping[str, str] = field(default_factory=dict)
    uncommitted: frozenset[str] = frozenset()
    cut_off: frozenset[str] = frozenset()


def find_origins(repository: Repository, start: str, wanted: Iterable[Wanted]) -> Origins:
    """Return which commit last changed each of the requests.

    Args:
        repository: where the history is.
        start: the commit that is planned or applied.
        wanted: the requests as they are in the files.

    Raises:
        RepositoryError: the history cannot be read.
    """
    requests = {each.path: each.request for each in wanted}
    present = {path for path, request in requests.items() if _request_at(repository, start, path) == request}
    uncommitted = frozenset(requests.keys() - present)
    if not present:
        return Origins(uncommitted=uncommitted)
    commits, cut_off = _Walk(repository, {path: requests[path] for path in sorted(present)}).run(start)
    return Origins(commits, uncommitted, cut_off)


def _request_at(repository: Repository, commit: str, path: str) -> Request | None:
    data = repository.read(commit, path)
    return None if data is None else request_of(path, data, lambda other: repository.read(commit, other))


class _Walk:
    """One walk. Requests are bits of whole numbers, so that thousands go from commit to commit as one."""

    def __init__(self, repository: Repository, requests: Mapping[str, Request]) -> None:
        self._repository = repository
        self._requests = requests
        self._paths = tuple(requests)
        self._at: defaultdict[str, int] = defaultdict(int)
        self._files: defaultdict[str, int] = defaultdict(int)
        self._made: defaultdict[str, list[str]] = defaultdict(list)
        # The merges that a request came through, and a parent of each that does not have it.
        self._merges: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        # The commits that changed a request's files where the walk for it did not come by.
        self._elsewhere: defaultdict[str, list[str]] = defaultdict(list)
        self._cut_off = 0

    def run(self, start: str) -> tuple[dict[str, str], frozenset[str]]:
        """Walk until each request is where it was made; return these commits, and what is cut off."""
        for bit, path in enumerate(self._paths):
            self._watch(bit, path, start)
        self._at[start] = (1 << len(self._paths)) - 1
        shallow = self._repository.shallow_commits()
        ancestry = Ancestry(self._repository, start)
        with tempfile.TemporaryFile() as pairs:
            ancestry.write_pairs(pairs)
            pairs.seek(0)
            changes = self._repository.changed_paths(pairs, self._folder())
            for commit, parents in ancestry.parents.items():
                changed = [next(changes)[1] for _ in parents or (None,)]
                here = self._at.pop(commit, 0)
                for bit in _bits(self._touched(chain.from_iterable(changed)) & ~here):
                    self._elsewhere[self._paths[bit]].append(commit)
                if here and commit in shallow:
                    self._cut_off |= here
                elif here:
                    # A first commit has no parent, and a list of all its files.
                    self._move(commit, dict(zip(parents, changed, strict=False)), here)
                if not self._at and not self._merges:
                    break
        cut_off = {self._paths[bit] for bit in _bits(self._cut_off)}
        judge = OriginJudge(ancestry, shallow, start)
        found = {}
        for path, commits in self._made.items():
            removals = [each for each in self._elsewhere[path] if self._removes(each, path, ancestry)]
            origin = judge.choose(commits, self._merges[path], removals)
            if path in cut_off or origin is None:
                cut_off.add(path)
            else:
                found[path] = origin
        return found, frozenset(cut_off)

    def _move(self, commit: str, changed: Mapping[str, Mapping[str, bool]], here: int) -> None:
        """Take the requests at a commit to all parents that have them; those that none has were made here."""
        lacking = {parent: self._lacking(parent, files, here) for parent, files in changed.items()}
        made = here
        for parent, those in lacking.items():
            made &= those
            if had := here & ~those:
                self._at[parent] |= had
        for bit in _bits(made):
            self._made[self._paths[bit]].append(commit)
        for parent, those in lacking.items():
            for bit in _bits(those & ~made):
                self._merges[self._paths[bit]].append((commit, parent))

    def _lacking(self, parent: str, files: Mapping[str, bool], here: int) -> int:
        """Return which requests a parent does not have as they are; a changed file alone means nothing.

        Args:
            parent: of the commit that is looked at.
            files: those that differ, each with whether the parent does not have it at all.
            here: the requests at the commit.
        """
        lacking = 0
        for bit in _bits(self._touched(files) & here):
            path = self._paths[bit]
            is_added = files.get(path, False)
            if is_added or _request_at(self._repository, parent, path) != self._requests[path]:
                lacking |= 1 << bit
            else:
                self._watch(bit, path, parent)
        return lacking

    def _watch(self, bit: int, path: str, commit: str) -> None:
        """Note which files a request is made of at a commit."""
        self._files[path] |= 1 << bit
        if self._requests[path].csr is not None:
            other = csr_path_of(path, self._repository.read(commit, path) or b"")
            if other is not None:
                self._files[other] |= 1 << bit

    def _touched(self, files: Iterable[str]) -> int:
        """Return the requests that files are part of."""
        touched = 0
        for file in files:
            touched |= self._files.get(file, 0)
        return touched

    def _removes(self, commit: str, path: str, ancestry: Ancestry) -> bool:
        """Say whether a commit does not have a request that a parent of it has."""
        wanted = self._requests[path]
        return _request_at(self._repository, commit, path) != wanted and any(
            _request_at(self._repository, parent, path) == wanted for parent in ancestry.parents[commit]
        )

    def _folder(self) -> str:
        """Return the folder to look at. A CSR may have been anywhere in the tree at another time."""
        return "" if any(request.csr for request in self._requests.values()) else "certificates"


def _bits(number: int) -> Iterator[int]:
    """Yield the places of the bits that are set."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
