"""Which commit last changed each request: one walk through the history for all of them.

The walk goes from a commit to its parents, and takes each request along for as long as the parent has the
same one. Where no parent has it, that commit made the request what it is.

- At a merge a request goes to the first parent that has it. If none has, the merge itself made it.
- What a merge brings back is the merge's: where another parent had the request in its history and has it no
  longer, it was changed or removed on purpose, and taking it from the older side is a new request. Without
  this rule, merging an old commit would renew its author's request in the author's name.
- Renamed files are new requests: a certificate's name is its path.
- Where the history is cut off (a shallow clone), nothing is known.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.provenance.ancestry import Ancestry
from reconciler.tree.request import csr_path_of, request_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.provenance.repository import Repository
    from reconciler.tree.request import Request


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request whose origin is looked for: the path of its file, and what it says."""

    path: str
    request: Request


@dataclass(frozen=True, slots=True)
class Origins:
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
    walk = _Walk(repository, {path: requests[path] for path in present})
    if present:
        walk.run(start)
    return Origins(walk.found, frozenset(requests.keys() - present), frozenset(walk.cut_off))


def _request_at(repository: Repository, commit: str, path: str) -> Request | None:
    data = repository.read(commit, path)
    return None if data is None else request_of(path, data, lambda other: repository.read(commit, other))


class _Walk:
    """One walk. At any time each request is at one commit, the next one to be looked at for it."""

    def __init__(self, repository: Repository, requests: Mapping[str, Request]) -> None:
        self.found: dict[str, str] = {}
        self.cut_off: set[str] = set()
        self._repository = repository
        self._requests = requests
        self._at: defaultdict[str, set[str]] = defaultdict(set)
        self._files: defaultdict[str, set[str]] = defaultdict(set)
        # For each request, the merges it came through: the merge, and a parent that does not have it.
        self._merges: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)

    def run(self, start: str) -> None:
        """Walk until every request has an origin, or the history ends."""
        for path in self._requests:
            self._watch(path, start)
        self._at[start] = set(self._requests)
        shallow = self._repository.shallow_commits()
        ancestry = Ancestry(self._repository, start)
        folder = self._folder()
        with tempfile.TemporaryFile() as pairs:
            ancestry.write_pairs(pairs)
            pairs.seek(0)
            changes = self._repository.changed_paths(pairs, folder)
            for commit, parents in ancestry.parents.items():
                changed = [next(changes)[1] for _ in parents or (None,)]
                paths = self._at.pop(commit, None)
                if paths is None:
                    continue
                if parents:
                    self._move(commit, parents, changed, paths)
                else:
                    self._end(commit, paths, cut_off=commit in shallow)
                if not self._at:
                    break
        self._undo_merges(ancestry)

    def _move(self, commit: str, parents: tuple[str, ...], changed: list[list[str]], paths: set[str]) -> None:
        """Take the requests at a commit along to its parents, and keep those that it made."""
        differing = [
            self._differing(parent, files, paths) for parent, files in zip(parents, changed, strict=True)
        ]
        for path in set().union(*differing):
            lacking = [parent for parent, paths_ in zip(parents, differing, strict=True) if path in paths_]
            having = next((parent for parent in parents if parent not in lacking), None)
            if having is None:
                self._finish(path, commit, paths)
                continue
            self._merges[path] += [(commit, parent) for parent in lacking]
            if having != parents[0]:
                paths.discard(path)
                self._at[having].add(path)
        if paths:
            there = self._at.get(parents[0])
            if there:
                there |= paths
            else:
                self._at[parents[0]] = paths

    def _differing(self, parent: str, files: list[str], paths: set[str]) -> set[str]:
        """Return which requests a parent does not have as they are; a changed file alone means nothing."""
        touched = {path for file in files for path in self._files.get(file, ()) if path in paths}
        differing = set()
        for path in touched:
            if _request_at(self._repository, parent, path) != self._requests[path]:
                differing.add(path)
            else:
                self._watch(path, parent)
        return differing

    def _watch(self, path: str, commit: str) -> None:
        """Note which files a request is made of at a commit."""
        self._files[path].add(path)
        if self._requests[path].csr is not None:
            other = csr_path_of(path, self._repository.read(commit, path) or b"")
            if other is not None:
                self._files[other].add(path)

    def _finish(self, path: str, commit: str, paths: set[str]) -> None:
        paths.discard(path)
        self.found[path] = commit

    def _end(self, commit: str, paths: set[str], *, cut_off: bool) -> None:
        if cut_off:
            self.cut_off |= paths
        else:
            self.found.update(dict.fromkeys(paths, commit))

    def _undo_merges(self, ancestry: Ancestry) -> None:
        """Ascribe to a merge what it took from a side that was older than the request's removal."""
        for path, merges in self._merges.items():
            origin = self.found.get(path)
            for merge, lacking in merges:
                if origin is not None and ancestry.has(lacking, origin):
                    self.found[path] = merge
                    break

    def _folder(self) -> str:
        """Return the folder to look at. A CSR may have been anywhere in the tree at another time."""
        return "" if any(request.csr for request in self._requests.values()) else "certificates"
