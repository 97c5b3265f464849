"""Running Git where something is written: commits, refs, fetches and pushes.

The user's own configuration counts (credentials, ssh, signing); nothing of the repository's content is run,
and nobody is asked for anything: there may be nobody.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.errors import RepositoryError
from reconciler.provenance import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

LOCAL_SECONDS = 60.0

# Beside what holds wherever Git is run.
_SETTINGS = ("push.followTags=false", "push.recurseSubmodules=no")


class Ran(Struct, frozen=True):
    """How a command of Git has ended, and what it said."""

    code: int
    out: bytes
    err: str

    @property
    def said(self) -> str:
        """What it complained of, in a line."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip()]
        telling = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "ERROR:"))]
        return without_credentials("; ".join((telling or lines)[:3])) or f"ended with {self.code}"


def without_credentials(text: str) -> str:
    """Return a text without what stands before the host in addresses: it may be a password."""
    return re.sub(r"(?<=://)[^/@\s]*@", "", text)


class Git(Struct, frozen=True):
    """A repository with a working tree; `top` is that tree's folder."""

    top: Path
    # Commits do not change, and the same few are looked at again and again.
    _listed: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        seconds: float = LOCAL_SECONDS,
    ) -> Ran:
        """Run a command, whatever it ends with.

        Raises:
            RepositoryError: Git is not there, or has not ended in time.
        """
        settings = (word for each in _SETTINGS for word in ("-c", each))
        try:
            # A session of its own: no terminal to ask at, and a Ctrl-C for us does not end it halfway.
            ran = subprocess.run(  # noqa: S603 - no word of the command is anybody's but ours
                git.command(self.top, (*settings, *arguments), reading=False),
                env={**git.environment(reading=False), **(environment or {})},
                input=stdin,
                capture_output=True,
                timeout=seconds,
                check=False,
                start_new_session=True,
            )
        except OSError as error:
            raise git.cannot_run(error) from None
        except subprocess.TimeoutExpired:
            raise RepositoryError(f"git {arguments[0]}: no end after {seconds:.0f} seconds") from None
        return Ran(ran.returncode, ran.stdout, ran.stderr.decode("utf-8", "replace"))

    def output(
        self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> str:
        """Run a command that has to succeed; return what it prints, without the last line break.

        Raises:
            RepositoryError: it failed; with what it said.
        """
        ran = self.run(*arguments, stdin=stdin, environment=environment)
        if ran.code:
            raise RepositoryError(f"git {arguments[0]}: {ran.said}")
        return os.fsdecode(ran.out).removesuffix("\n")

    def config(self, name: str) -> str | None:
        """Return a setting; None where there is none."""
        ran = self.run("config", "--get", name)
        return os.fsdecode(ran.out).rstrip("\n") if ran.code == 0 else None

    def commit(self, name: str) -> str | None:
        """Return the full hash of the commit that a ref, or a hash, leads to; None if there is none."""
        ran = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return ran.out.decode("ascii").strip() if ran.code == 0 else None

    def is_ancestor(self, commit: str, of: str) -> bool:
        """Say whether a commit is, or comes before, another; False where a shallow clone does not know."""
        return self.run("merge-base", "--is-ancestor", commit, of).code == 0

    def files(self, commit: str, folders: Iterable[str]) -> dict[str, str]:
        """Return the objects of the plain files of a commit below folders, by path; links are none."""
        wanted = [each.rstrip("/") for each in folders]
        known = self._listed.get((commit, *wanted))
        if known is not None:
            return known
        found: dict[str, str] = {}
        listed = self.run("ls-tree", "-r", "-z", "--full-tree", commit, "--", *wanted)
        if listed.code:
            raise RepositoryError(f"git ls-tree: {listed.said}")
        for line in listed.out.split(b"\0"):
            about, _, path = line.partition(b"\t")
            if about.startswith(b"100"):
                found[os.fsdecode(path)] = about.split()[2].decode("ascii")
        self._listed[(commit, *wanted)] = found
        return found

    def contents(self, objects: Iterable[str]) -> dict[str, bytes]:
        """Return the content of files by their objects' hashes, all in one process.

        Raises:
            RepositoryError: one is not there.
        """
        wanted = list(dict.fromkeys(objects))
        if not wanted:
            return {}
        ran = self.run("cat-file", "--batch", stdin="".join(f"{each}\n" for each in wanted).encode())
        found: dict[str, bytes] = {}
        place = 0
        for each in wanted:
            end = ran.out.find(b"\n", place)
            words = ran.out[place:end].split()
            if len(words) != 3 or words[1] != b"blob":
                raise RepositoryError(f"git cat-file: object {each} is not there: the clone is damaged")
            size = int(words[2])
            found[each] = ran.out[end + 1 : end + 1 + size]
            place = end + 2 + size
        return found


def without_filters(git: Git) -> list[str]:
    """Return what keeps Git from filtering files, where it looks at the content of those just changed.

    What it makes of them is looked at again by whatever Git runs next.
    """
    listed = git.run("config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process)$")
    names = [os.fsdecode(each) for each in listed.out.split(b"\0") if each]
    return [word for name in names for word in ("-c", f"{name}=")]
