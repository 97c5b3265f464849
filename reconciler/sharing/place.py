"""Where a state is shared: the repository, its folders there, and the branch that all push to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.errors import RepositoryError, StateError
from reconciler.provenance.git import find_top, prefix_of
from reconciler.sharing.git import Git
from reconciler.sharing.layout import OUTPUT, STATE

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.settings import Settings

_SAY = "say where to push: `--push-to origin/main`, or `trusted_ref: origin/main` in reconciler.yaml"


class Target(Struct, frozen=True):
    """The branch that is pushed to; `remote` is None where the repository has none: then a local branch."""

    remote: str | None
    branch: str

    @property
    def ref(self) -> str:
        """Where this clone keeps what it knows of the branch."""
        return f"refs/remotes/{self.remote}/{self.branch}" if self.remote else f"refs/heads/{self.branch}"

    def __str__(self) -> str:
        """Return it as a user writes it."""
        return f"{self.remote}/{self.branch}" if self.remote else self.branch


class Place(Struct, frozen=True):
    """A tree in a repository, and what of it is shared.

    Attributes:
        tree: from the top of the repository to the tree; empty, or ending in a slash.
        state: to the state directory, ending in a slash.
        output: likewise to the output folder; None where that is not in the repository.
        seen: the hashes of files that were read, and what told then that they were these.
    """

    git: Git
    target: Target
    tree: str
    state: str
    output: str | None
    seen: dict[str, tuple[tuple[int, ...], str]] = field(default_factory=dict)

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that are shared, in the repository."""
        return (self.state, self.output) if self.output else (self.state,)

    def in_repository(self, path: str) -> str:
        """Return where a shared file is in the repository."""
        if path.startswith(STATE):
            return self.state + path.removeprefix(STATE)
        return f"{self.output}{path.removeprefix(OUTPUT)}"

    def shared(self, path: str) -> str | None:
        """Return the name of a shared file by its path in the repository; None if it is in neither folder."""
        if path.startswith(self.state):
            return STATE + path.removeprefix(self.state)
        if self.output and path.startswith(self.output):
            return OUTPUT + path.removeprefix(self.output)
        return None

    def on_disk(self, path: str) -> Path:
        """Return where a shared file is in the working tree."""
        return self.git.top / self.in_repository(path)


def find_place(root: Path, settings: Settings, trusted_ref: str | None, push_to: str | None) -> Place:
    """Return where the state of a tree is shared.

    Args:
        root: of the tree.
        settings: of the tree.
        trusted_ref: the branch that is trusted; it is pushed to unless `push_to` says something else.
        push_to: `REMOTE/BRANCH`; in a repository without remotes a branch.

    Raises:
        RepositoryError: the tree is in no repository that can be used, or nothing says where to push.
        StateError: the state is outside of the repository.
    """
    top = find_top(root)
    if top is None:
        raise RepositoryError("the tree is in no Git repository: there is nothing to commit to")
    git = Git(top)
    form = git.output("rev-parse", "--show-object-format")
    if form != "sha1":
        raise RepositoryError(f"{top}: a repository with {form} cannot be written here, only sha1")
    state = _inside(top, root / settings.state)
    if state is None:
        raise StateError(
            f"the state is in {root / settings.state}, and that is outside of the Git repository {top}: "
            "`--commit` is for a state in the repository (`state: state` in reconciler.yaml)"
        )
    output = _inside(top, root / settings.output)
    if output is not None and (output.startswith(state) or state.startswith(output)):
        raise StateError(
            "`state` and `output` in reconciler.yaml lie one in the other: they cannot be shared"
        )
    return Place(git, _target(git, trusted_ref, push_to), prefix_of(top, root), state, output)


def _inside(top: Path, folder: Path) -> str | None:
    real = folder.resolve()
    if not real.is_relative_to(top) or real == top or ".git" in real.relative_to(top).parts:
        return None
    return f"{real.relative_to(top).as_posix()}/"


def _target(git: Git, trusted_ref: str | None, push_to: str | None) -> Target:
    remotes = [each for each in git.output("remote").split("\n") if each]
    named = push_to or trusted_ref
    if named is not None:
        return _named(git, named.removeprefix("refs/remotes/"), remotes, is_explicit=push_to is not None)
    ran = git.run("symbolic-ref", "--quiet", "--short", "HEAD")
    branch = ran.out.decode("utf-8", "replace").strip()
    if ran.code or not branch:
        raise RepositoryError(f"no branch is checked out; {_SAY}")
    upstream = _upstream(git, branch)
    if upstream is None and remotes:
        raise RepositoryError(f"the branch {branch} has no upstream; {_SAY}")
    return upstream or Target(None, branch)


def _named(git: Git, name: str, remotes: list[str], *, is_explicit: bool) -> Target:
    for remote in sorted(remotes, key=len, reverse=True):
        branch = name.removeprefix(f"{remote}/")
        if branch != name and branch:
            return _checked(git, Target(remote, branch))
    branch = name.removeprefix("refs/heads/")
    if git.commit(f"refs/heads/{branch}"):
        return (None if is_explicit else _upstream(git, branch)) or Target(None, branch)
    raise RepositoryError(f"`{name}` is neither REMOTE/BRANCH of a remote of this clone nor a branch; {_SAY}")


def _upstream(git: Git, branch: str) -> Target | None:
    remote, merge = git.config(f"branch.{branch}.remote"), git.config(f"branch.{branch}.merge")
    if remote in (None, ".") or merge is None:
        return None
    return _checked(git, Target(remote, merge.removeprefix("refs/heads/")))


def _checked(git: Git, target: Target) -> Target:
    """Return a target whose names mean to Git what they mean to us."""
    if target.ref.startswith("-") or git.run("check-ref-format", target.ref).code:
        raise RepositoryError(f"`{target}` is no name of a branch")
    return target
