"""A history in memory: what the walk asks of a repository, without Git."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Files = dict[str, str]


class MemoryRepository:
    """Commits by their names, each with its parents and all of its files; the last is the newest."""

    def __init__(
        self, commits: Mapping[str, tuple[Sequence[str], Files]], shallow: frozenset[str] = frozenset()
    ) -> None:
        self.commits = commits
        self.shallow = shallow

    def parents(self, commit: str) -> Sequence[str]:
        return () if commit in self.shallow else self.commits[commit][0]

    def output(self, *arguments: str) -> str:
        """Answer `rev-list --topo-order --parents START --`."""
        reachable = self.before(arguments[-2])
        newest_first = [name for name in reversed(list(self.commits)) if name in reachable]
        return "\n".join(" ".join([name, *self.parents(name)]) for name in newest_first)

    def before(self, start: str) -> set[str]:
        """Return a commit and all that lead to it."""
        found, pending = {start}, [start]
        while pending:
            for parent in self.parents(pending.pop()):
                if parent not in found:
                    found.add(parent)
                    pending.append(parent)
        return found

    def changed_paths(self, pairs: IO[bytes], folder: str) -> Iterator[tuple[str, dict[str, bool]]]:
        for line in pairs.read().decode("ascii").splitlines():
            commit, _, parent = line.partition(" ")
            here, there = self.commits[commit][1], self.commits[parent][1] if parent else {}
            names = sorted(name for name in {*here, *there} if here.get(name) != there.get(name))
            yield commit, {name: name not in there for name in names if name.startswith(folder)}

    def shallow_commits(self) -> frozenset[str]:
        return self.shallow

    def read(self, commit: str, path: str) -> bytes | None:
        text = self.commits[commit][1].get(path)
        return None if text is None else text.encode("ascii")
