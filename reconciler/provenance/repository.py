"""A Git repository, read only. Nothing that its files or its configuration say is ever run."""

from __future__ import annotations

import os
import tempfile
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING

from msgspec import Struct

from reconciler.errors import RepositoryError
from reconciler.provenance import git
from reconciler.provenance.git import find_top
from reconciler.provenance.objects import TOO_LARGE, Objects, read_all
from reconciler.tree import TREE_PATHS
from reconciler.tree.files import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_FILTERS = r"^filter\..*\."
_ADDED = b":000000 "
_NEW = "??"  # of git status
_LISTED_AT_ONCE = 1000  # paths; the words of a command have room for more


class Entry(Struct, frozen=True):
    """A file in a commit; `mode` is Git's, in octal digits, `size` in bytes."""

    path: str
    mode: str
    object_id: str
    size: int

    @property
    def is_link(self) -> bool:
        """Whether this is a symbolic link; its content is the target."""
        return self.mode == "120000"


class Repository:
    """The repository that a tree lies in. Paths are relative to the tree's root, with forward slashes."""

    def __init__(self, top: Path, prefix: str) -> None:
        """Take the top of a repository, and the path from there to the tree: empty, or ending in a slash."""
        self._top = top
        self.prefix = prefix
        self._objects = Objects(top)
        # One run sees every ref at one commit, whoever pushes meanwhile.
        self._commits: dict[str, str | None] = {}

    @classmethod
    def find(cls, root: Path) -> Repository | None:
        """Return the repository that the root of a tree lies in; None if it lies in none.

        Raises:
            RepositoryError: there is one that cannot be used.
        """
        top = find_top(root)
        if top is None:
            return None
        repository = cls(top, git.prefix_of(top, root))
        # Git refuses what belongs to another user, and says how to allow it.
        about = repository.output(
            "rev-parse", "--show-object-format", "--show-toplevel", "--show-superproject-working-tree"
        ).splitlines()
        if about[0] != "sha1":
            raise RepositoryError(f"{top}: a repository with {about[0]} cannot be read here, only sha1")
        if Path(about[1]).resolve() != top:
            raise RepositoryError(f"{top} is no Git repository that can be used: Git reads {about[1]} there")
        if len(about) > 2 and about[2]:
            raise RepositoryError(f"{top} is a submodule: whoever chooses it would choose the policy as well")
        return repository

    def branch(self, name: str) -> str | None:
        """Return the full hash of the commit that a branch is at; None if there is no such branch."""
        full = self.full_name(name)
        return self.commit(full) if full else None

    def full_name(self, name: str) -> str | None:
        """Return the full ref of a branch; None if there is no such branch.

        Args:
            name: a full ref (`refs/...`), a branch of a remote (`origin/main`), or a local one. Git itself
                would prefer a tag of that name, and then a local branch; anybody may be able to make these.
        """
        if name.startswith("refs/"):
            refs = [name]
        elif name.partition("/")[0] in self._remotes:
            refs = [f"refs/remotes/{name}"]
        else:
            refs = [f"refs/remotes/{name}", f"refs/heads/{name}"]
        return next((ref for ref in refs if self.commit(ref)), None)

    @cached_property
    def _remotes(self) -> frozenset[str]:
        return frozenset(self.output("remote").split("\n"))

    def is_ancestor(self, commit: str, of: str) -> bool:
        """Say whether a commit is, or comes before, another; False where a shallow clone does not know."""
        try:
            self.output("merge-base", "--is-ancestor", commit, of)
        except RepositoryError:
            return False
        return True

    def commit(self, ref: str) -> str | None:
        """Return the hash of the commit that a full ref, a hash or HEAD leads to; None if there is none."""
        if ref not in self._commits:
            try:
                found = self.output("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").strip()
            except RepositoryError:
                found = None
            self._commits[ref] = found
        return self._commits[ref]

    def first_parent(self, commit: str) -> str | None:
        """Return the first parent of a commit; None for the first commit of all.

        Raises:
            RepositoryError: the history is cut off there (a shallow clone).
        """
        parent = self.commit(f"{commit}^1")
        if parent is None and commit in self.shallow_commits():
            raise RepositoryError(
                f"the clone is shallow: what was before commit {commit[:12]} is not here; {git.DEEPEN}"
            )
        return parent

    def shallow_commits(self) -> frozenset[str]:
        """Return the commits at which the history is cut off."""
        path = Path(self.output("rev-parse", "--git-path", "shallow").strip())
        path = path if path.is_absolute() else self._top / path
        try:
            return frozenset(path.read_text(encoding="ascii").split())
        except FileNotFoundError:
            return frozenset()

    def read(self, commit: str, path: str) -> bytes | None:
        """Return the content of a file (of a link: its target) in a commit; None where there is none.

        Raises:
            RepositoryError: Git cannot read it.
        """
        if "\n" in path:
            return None
        return self._objects.read(f"{commit}:{self.prefix}{path}", "blob")

    def raw_commit(self, commit: str) -> bytes:
        """Return a commit as it is stored: headers, an empty line, the message."""
        return self._objects.read(commit, "commit") or b""

    def contents(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """Yield files with their contents; what is too large for a file of a tree is not read.

        Raises:
            RepositoryError: Git cannot read them.
        """
        yield from ((each, TOO_LARGE) for each in entries if each.size > MAX_BYTES)
        small = [each for each in entries if each.size <= MAX_BYTES]
        yield from zip(small, read_all(self._top, (each.object_id for each in small)), strict=True)

    def entries(self, commit: str, paths: Iterable[str]) -> Iterator[Entry]:
        """Yield the files of a commit at and below paths.

        Raises:
            RepositoryError: Git cannot list them.
        """
        wanted = [self.prefix + path for path in paths]
        for first in range(0, len(wanted), _LISTED_AT_ONCE):
            some = wanted[first : first + _LISTED_AT_ONCE]
            for line in self.output("ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--", *some).split(
                "\0"
            ):
                about, _, path = line.partition("\t")
                mode, kind, object_id, size = about.split() or ("", "", "", "")
                if kind == "blob":
                    yield Entry(path.removeprefix(self.prefix), mode, object_id, int(size))

    def tracks(self, folder: str, commit: str) -> bool:
        """Say whether a commit has files in a folder, where that really is: links are followed.

        Args:
            folder: relative to the root of the tree, or absolute.
            commit: its full hash.
        """
        top = self._top
        place = (top / self.prefix / folder).resolve()
        if not place.is_relative_to(top):
            return False
        inner = place.relative_to(top).as_posix()
        return bool(self.output("ls-tree", "--full-tree", commit, "--", inner).strip())

    def is_modified(self, besides: Iterable[Path]) -> bool:
        """Say whether files of the tree are other than in the commit that is checked out, or not in it.

        Files that Git ignores do not count, nor do new ones where the tree has none (a saved plan, a report).

        Args:
            besides: folders that do not count either, wherever they really are.
        """
        top = self._top
        places = [each.resolve() for each in besides]
        own = [f"{each.relative_to(top).as_posix()}/" for each in places if each.is_relative_to(top)]
        changed = self.output(
            *self._no_filters(),
            "status",
            *("--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=all"),
            *("--", self.prefix.rstrip("/") or "."),
        )
        entries = [(each[:2], each[3:]) for each in changed.split("\0") if each]
        return any(
            not path.startswith(tuple(own)) and (what != _NEW or self._is_tree(path))
            for what, path in entries
        )

    def _is_tree(self, path: str) -> bool:
        return path.removeprefix(self.prefix).partition("/")[0] in TREE_PATHS

    def _no_filters(self) -> list[str]:
        """Return the options that keep Git from running filters that are configured (gitattributes(5))."""
        try:
            listed = self.output("config", "--null", "--name-only", "--get-regexp", _FILTERS)
        except RepositoryError:
            return []  # there are none
        names = {key.removeprefix("filter.").rpartition(".")[0] for key in listed.split("\0") if key}
        if unclear := next((name for name in names if "=" in name), None):
            raise RepositoryError(f"the name of the filter `{unclear}` in Git's configuration has a `=`")
        off = ("clean=", "smudge=", "process=", "required=false")
        return [word for name in sorted(names) for each in off for word in ("-c", f"filter.{name}.{each}")]

    def changed_paths(self, pairs: IO[bytes], folder: str) -> Iterator[tuple[str, dict[str, bool]]]:
        """Compare commits with their parents, all in one process.

        Args:
            pairs: an open file with a line for each comparison: the commit, and its parent where it has one.
            folder: of the tree; only what changed below is looked at. Empty: all of the tree.

        Yields:
            for each line the commit and the paths that differ, each with whether the commit has added it;
            Git ends when the iteration is given up.

        Raises:
            RepositoryError: Git failed.
        """
        limit = (self.prefix + folder).rstrip("/") or "."
        arguments = ("diff-tree", "--stdin", "--always", "--root", "-r", "-z", "--raw", "--no-renames")
        with tempfile.TemporaryFile() as stderr:
            process = git.start(
                self._top,
                *(*arguments, "--no-ext-diff", "--no-textconv", "--", limit),
                stdin=pairs,
                stderr=stderr,
            )
            stream = git.pipe(process.stdout)
            try:
                commit, paths, change = "", {}, b""
                for token in _tokens(stream):
                    if change:
                        paths[os.fsdecode(token).removeprefix(self.prefix)] = change.startswith(_ADDED)
                        change = b""
                    elif token.startswith(b":"):
                        change = token
                    else:
                        if commit:
                            yield commit, paths
                        commit, paths = token.decode("ascii"), {}
                if process.wait():
                    stderr.seek(0)
                    raise git.failure(arguments, stderr.read())
                if commit:
                    yield commit, paths
            finally:
                stream.close()
                process.wait()

    def output(self, *arguments: str, stdin: IO[bytes] | None = None) -> str:
        """Run a Git command that only reads; return what it prints.

        Raises:
            RepositoryError: it failed; with what it said.
        """
        return git.output(self._top, *arguments, stdin=stdin)


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(1 << 16):
        *tokens, rest = (rest + block).split(b"\0")
        yield from tokens
