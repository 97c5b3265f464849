"""How Git is run: nothing that a repository contains, or that its configuration names, is run with it.

Whoever reads a repository runs Git through here, whoever writes to one takes `SETTINGS` and `environment`.
"""

from __future__ import annotations

import os
import subprocess
from typing import IO, TYPE_CHECKING

from reconciler.errors import RepositoryError
from reconciler.model.private_keys import is_identity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SETTINGS = (
    # A folder of the tree that looks like a repository is none: its configuration would be a stranger's.
    "safe.bareRepository=explicit",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.alternateRefsCommand=true",
    "core.quotePath=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "maintenance.auto=false",
    # A program that stands in the address of a remote (gitremote-helpers(7)).
    "protocol.ext.allow=never",
    "log.showSignature=false",
    "log.showRoot=true",
    "log.mailmap=false",
    "log.follow=false",
)
"""For `git -c`: they go before what the files say. What `safe.directory` allows, a user's files still say."""

READING_SETTINGS = (
    "protocol.allow=never",
    "core.sshCommand=false",
    "core.gitProxy=false",
    "core.askPass=false",
    "credential.helper=",
    "gpg.program=gpg",
    "gpg.openpgp.program=gpg",
    "gpg.ssh.program=ssh-keygen",
    "gpg.x509.program=false",
)
"""Besides, where nothing is fetched or pushed."""

# Replaced objects and grafts would show another history than the one that was signed.
ENVIRONMENT = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}

# A partial clone fetches what it lacks when it is read; the second stops that where Git does not know the
# first (before 2.45), and beats what the configuration allows one protocol.
READING_ENVIRONMENT = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_OPTIONAL_LOCKS": "0",
}
"""Besides, where nothing is fetched or pushed."""

# What would turn Git to another repository than the one that the folder lies in: Git sets them for its hooks.
_NOT_INHERITED = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_EXTERNAL_DIFF",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)

Process = subprocess.Popen[bytes]
PIPE = subprocess.PIPE
DEVNULL = subprocess.DEVNULL

DEEPEN = "fetch the whole history (`git fetch --unshallow`; `fetch-depth: 0` or `GIT_DEPTH: 0` in a pipeline)"
WHOLE = "fetch all of it (`git fetch --refetch --no-filter`), or clone without `--filter`"
_PARTIAL = ("from promisor remote", "lazy fetching disabled", "' not allowed")


class GitMissingError(RepositoryError):
    """Git is not installed, or may not be run."""


def find_top(root: Path) -> Path | None:
    """Return the top of the repository that a folder lies in; None if it lies in none."""
    root = root.resolve()
    return next((each for each in (root, *root.parents) if (each / ".git").exists()), None)


def prefix_of(top: Path, root: Path) -> str:
    """Return the path from the top of a repository to a folder in it: empty, or ending in a slash."""
    inner = root.resolve().relative_to(top).as_posix()
    return "" if inner == "." else f"{inner}/"


def environment(*, reading: bool = True) -> dict[str, str]:
    """Return the environment to run Git in.

    Args:
        reading: whether nothing is to be fetched or pushed; then Git is kept from both.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in _NOT_INHERITED and not is_identity(name, value)
    }
    return {**inherited, **ENVIRONMENT, **(READING_ENVIRONMENT if reading else {})}


def command(folder: Path, arguments: Iterable[str], *, reading: bool = True) -> list[str]:
    """Return the words that run Git in a folder.

    Args:
        folder: the top of a working tree.
        arguments: the command and what belongs to it.
        reading: as for `environment`.
    """
    settings = (*SETTINGS, *(READING_SETTINGS if reading else ()))
    return [
        *("git", "-C", str(folder)),
        *(word for setting in settings for word in ("-c", setting)),
        *arguments,
    ]


def start(
    folder: Path, *arguments: str, stdin: int | IO[bytes], stderr: int | IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start a Git command that only reads.

    Raises:
        RepositoryError: Git cannot be run.
    """
    try:
        return subprocess.Popen(  # noqa: S603 - no shell, and `command` says what is run
            command(folder, arguments),
            env=environment(),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    except OSError as error:
        raise cannot_run(error) from None


def output(folder: Path, *arguments: str, stdin: IO[bytes] | None = None) -> str:
    """Run a Git command that only reads; return what it prints.

    Raises:
        RepositoryError: it failed; with what it said.
    """
    try:
        ran = subprocess.run(  # noqa: S603 - likewise
            command(folder, arguments),
            env=environment(),
            stdin=stdin or subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise cannot_run(error) from None
    if ran.returncode:
        raise failure(arguments, ran.stderr)
    return os.fsdecode(ran.stdout)


def works(folder: Path) -> bool:
    """Say whether Git takes a folder for the top of a repository that it may use."""
    try:
        output(folder, "rev-parse", "--git-dir")
    except RepositoryError:
        return False
    return True


def pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """Return a pipe to or from a process that was started with one."""
    if stream is None:
        raise RepositoryError("git cannot be run: it has no pipe")
    return stream


def cannot_run(error: OSError) -> RepositoryError:
    """Return what to raise where Git could not be started."""
    if isinstance(error, FileNotFoundError):
        return GitMissingError("git is not installed, or not on the PATH")
    kind = GitMissingError if isinstance(error, PermissionError) else RepositoryError
    return kind(f"git cannot be run: {error.strerror or error}")


def failure(arguments: Iterable[str], stderr: bytes) -> RepositoryError:
    """Return what to raise for a command that failed, from what it said."""
    text = os.fsdecode(stderr).strip()
    if any(sign in text for sign in _PARTIAL):
        return RepositoryError(f"the clone is partial, and what is needed of it is not here; {WHOLE}")
    lines = text.splitlines()
    said = next((line for line in lines if not line.startswith("warning:")), "failed")
    subject = next((word for word in arguments if not word.startswith("-") and "=" not in word), "")
    return RepositoryError(f"git {subject}: {said}")
