"""A Git repository, read only. Nothing that its files or its configuration say is ever run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from reconciler.errors import RepositoryError
from reconciler.tree.files import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from git import Repo

# Replaced objects and grafts would show another history than the one that was signed.
ENVIRONMENT = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
DEEPEN = "fetch the whole history (`git fetch --unshallow`; `fetch-depth: 0` or `GIT_DEPTH: 0` in a pipeline)"

_ADDED = b":000000 "
_SETTINGS = ("core.fsmonitor=false", "core.quotePath=false", "log.showSignature=false", "log.mailmap=false")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a commit; `mode` is Git's, in octal digits."""

    path: str
    mode: str
    object_id: str

    @property
    def is_link(self) -> bool:
        """Whether this is a symbolic link; its content is the target."""
        return self.mode == "120000"


def find_top(root: Path) -> Path | None:
    """Return the top of the repository that a folder lies in; None if it lies in none."""
    root = root.resolve()
    return next((each for each in (root, *root.parents) if (each / ".git").exists()), None)


class Repository:
    """The repository that a tree lies in. Paths are relative to the tree's root, with forward slashes."""

    def __init__(self, repo: Repo, prefix: str) -> None:
        """Take an open repository, and the path from its top to the tree: empty, or ending in a slash."""
        self._repo = repo
        self.prefix = prefix
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
        try:
            from git import Repo
            from git.exc import InvalidGitRepositoryError
        except ImportError as error:
            raise RepositoryError(f"git cannot be run: {error}") from None
        try:
            repo = Repo(top, expand_vars=False)
        except (InvalidGitRepositoryError, OSError, ValueError) as error:
            raise RepositoryError(f"{top} is no Git repository that can be used: {error}") from None
        repo.git.update_environment(**ENVIRONMENT)
        inner = root.resolve().relative_to(top).as_posix()
        repository = cls(repo, "" if inner == "." else f"{inner}/")
        # Git refuses what belongs to another user, and says how to allow it.
        about = repository.output(
            "rev-parse", "--show-object-format", "--show-superproject-working-tree"
        ).splitlines()
        if about[0] != "sha1":
            raise RepositoryError(f"{top}: a repository with {about[0]} cannot be read here, only sha1")
        if len(about) > 1 and about[1]:
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
                f"the clone is shallow: what was before commit {commit[:12]} is not here; {DEEPEN}"
            )
        return parent

    def shallow_commits(self) -> frozenset[str]:
        """Return the commits at which the history is cut off."""
        path = Path(self.output("rev-parse", "--git-path", "shallow").strip())
        path = path if path.is_absolute() else Path(str(self._repo.working_dir)) / path
        try:
            return frozenset(path.read_text(encoding="ascii").split())
        except FileNotFoundError:
            return frozenset()

    def read(self, commit: str, path: str) -> bytes | None:
        """Return the content of a file (of a link: its target) in a commit; None where there is none."""
        if "\n" in path:
            return None
        return self._object(f"{commit}:{self.prefix}{path}", "blob")

    def raw_commit(self, commit: str) -> bytes:
        """Return a commit as it is stored: headers, an empty line, the message."""
        return self._object(commit, "commit") or b""

    def read_object(self, object_id: str) -> bytes:
        """Return the content of a file by its object's hash."""
        return self._object(object_id, "blob") or b""

    def entries(self, commit: str, paths: Iterable[str]) -> Iterator[Entry]:
        """Yield the files of a commit at and below paths.

        Raises:
            RepositoryError: Git cannot list them.
        """
        wanted = [self.prefix + path for path in paths]
        for line in self.output("ls-tree", "-r", "-z", "--full-tree", commit, "--", *wanted).split("\0"):
            if line:
                about, _, path = line.partition("\t")
                mode, kind, object_id = about.split(" ")
                if kind == "blob":
                    yield Entry(path.removeprefix(self.prefix), mode, object_id)

    def tracks(self, folder: str, commit: str) -> bool:
        """Say whether a commit has files in a folder, where that really is: links are followed.

        Args:
            folder: relative to the root of the tree, or absolute.
            commit: its full hash.
        """
        top = Path(str(self._repo.working_dir)).resolve()
        place = (top / self.prefix / folder).resolve()
        if not place.is_relative_to(top):
            return False
        inner = place.relative_to(top).as_posix()
        return bool(self.output("ls-tree", "--full-tree", commit, "--", inner).strip())

    def is_modified(self, besides: Iterable[Path]) -> bool:
        """Say whether files of the tree are other than in the commit that is checked out, or not in it.

        Files that Git ignores do not count.

        Args:
            besides: folders that do not count either, wherever they really are.
        """
        top = Path(str(self._repo.working_dir)).resolve()
        places = [each.resolve() for each in besides]
        own = [f"{each.relative_to(top).as_posix()}/" for each in places if each.is_relative_to(top)]
        changed = self.output(
            "status",
            *("--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=all"),
            *("--", self.prefix.rstrip("/") or "."),
        )
        paths = (each[3:] for each in changed.split("\0") if each)
        return not all(any(path.startswith(folder) for folder in own) for path in paths)

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
        process = self._execute(
            (*arguments, "--no-ext-diff", "--no-textconv", "--", limit), istream=pairs, as_process=True
        )
        commit, paths, change = "", {}, b""
        for token in _tokens(process.stdout):
            if change:
                paths[os.fsdecode(token).removeprefix(self.prefix)] = change.startswith(_ADDED)
                change = b""
            elif token.startswith(b":"):
                change = token
            else:
                if commit:
                    yield commit, paths
                commit, paths = token.decode("ascii"), {}
        if process.proc.wait():
            raise RepositoryError("git diff-tree failed: the repository is damaged, or was changed meanwhile")
        if commit:
            yield commit, paths

    def output(self, *arguments: str, stdin: IO[bytes] | None = None) -> str:
        """Run a Git command that only reads; return what it prints.

        Raises:
            RepositoryError: it failed; with what it said.
        """
        return os.fsdecode(self._execute(arguments, istream=stdin, stdout_as_string=False))

    def _execute(self, arguments: tuple[str, ...], **how: Any) -> Any:  # noqa: ANN401 - GitPython's own
        from git.exc import GitCommandError, GitCommandNotFound

        settings = (word for setting in _SETTINGS for word in ("-c", setting))
        command = [self._repo.git.GIT_PYTHON_GIT_EXECUTABLE or "git", *settings, *arguments]
        try:
            return self._repo.git.execute(command, strip_newline_in_stdout=False, **how)
        except GitCommandNotFound:
            raise RepositoryError("git is not installed, or not on the PATH") from None
        except GitCommandError as error:
            raise RepositoryError(f"git {_subject(arguments)}: {_said(error.stderr)}") from None

    def _object(self, name: str, kind: str) -> bytes | None:
        try:
            _, found, size, stream = self._repo.git.stream_object_data(name)
        except ValueError:
            return None
        data: bytes = stream.read(min(size, MAX_BYTES + 1))
        del stream  # it reads the rest, so that the next object begins where it should
        return data if os.fsdecode(found) == kind else None


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(1 << 16):
        *tokens, rest = (rest + block).split(b"\0")
        yield from tokens


def _subject(arguments: tuple[str, ...]) -> str:
    return next((word for word in arguments if not word.startswith("-") and "=" not in word), "")


def _said(stderr: object) -> str:
    text = str(stderr).strip().removeprefix("stderr:").strip(" \n'")
    return text.splitlines()[0] if text else "failed"
