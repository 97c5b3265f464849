"""A bare remote and clones of it, with a tree whose state is shared: for tests and benchmarks."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tools.run_git import GIT_ENVIRONMENT, git

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = Path(__file__).parent.parent
PROGRAM = (sys.executable, "-m", "reconciler")
# Made for this; it protects nothing.
IDENTITY = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33"
RECIPIENT = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa"
ENCRYPTION = f"encryption: {{recipients: [{RECIPIENT}], identity: {{env: STATE_IDENTITY}}}}\n"
IGNORED = "certs/**/privkey.pem\nstate/.lock\nstate/challenges/\nwebroot/\n"


def git_environment(**more: str) -> dict[str, str]:
    """Return an environment for Git and the program, with nothing of the developer's configuration."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    own = {"PYTHONPATH": str(REPOSITORY), "STATE_IDENTITY": IDENTITY}
    return {**inherited, **GIT_ENVIRONMENT, **own, **more}


@dataclass
class Clone:
    """A clone; the program and Git run in it."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)

    def git(self, *arguments: str, code: int = 0) -> str:
        """Run Git, expect its exit code; return what it printed."""
        return git(self.root, *arguments, code=code)

    def write(self, path: str, text: str) -> None:
        """Write a file."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def commit(self, message: str = "change") -> str:
        """Commit all that has changed, ignored files among it; return the commit."""
        self.git("add", "--all", "--force", ":!certs/**/privkey.pem", ":!state/.lock")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def push(self, message: str = "change") -> str:
        """Commit, and push it to main."""
        commit = self.commit(message)
        self.git("push", "--quiet", "origin", "HEAD:main")
        return commit

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the program."""
        return subprocess.Popen(
            [*PROGRAM, *arguments],
            cwd=self.root,
            env=git_environment(**self.variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run the program, expect its exit code; return all that it said."""
        running = self.start(*arguments)
        out, err = running.communicate(timeout=100)
        if running.returncode != code or "Traceback" in err:
            raise AssertionError(f"{arguments}: {running.returncode}\n{out}\n{err}")
        return out + err

    def apply(self, *arguments: str, code: int = 0) -> str:
        """Apply and share."""
        return self.run("apply", "--commit", *arguments, code=code)

    def shared(self, path: str) -> str:
        """Return a file as it is on the remote's branch."""
        return git(self._remote, "show", f"main:{path}")

    def shared_object(self, path: str) -> str:
        """Return the object that a file is on the remote's branch."""
        return git(self._remote, "rev-parse", f"main:{path}")

    def public_files(self, folder: str = "state") -> list[str]:
        """Return the files of a folder as they are on the remote's branch."""
        return git(self._remote, "ls-tree", "-r", "--name-only", "main", f"{folder}/").splitlines()

    @property
    def _remote(self) -> Path:
        """The remote itself: a fetch would be in the way of a run that is under way in this clone."""
        return Path(self.git("remote", "get-url", "origin").removeprefix("file://"))


class Remote:
    """The bare repository, and what is cloned from it."""

    def __init__(self, folder: Path, files: Mapping[str, str]) -> None:
        """Make it in `folder`, with a first commit that has `files`, encryption among the settings."""
        self.folder = folder
        self.path = folder / "remote.git"
        subprocess.run(
            ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.path)],
            env=git_environment(),
            check=True,
        )
        first = self.clone("first")
        for path, text in {"reconciler.yaml": ENCRYPTION, ".gitignore": IGNORED, **files}.items():
            first.write(path, text)
        first.push("the tree")

    def clone(self, name: str) -> Clone:
        """Return a new clone."""
        root = self.folder / name
        subprocess.run(
            ["git", "clone", "--quiet", str(self.path), str(root)],
            env=git_environment(),
            check=True,
            capture_output=True,
        )
        return Clone(root)

    def log(self, form: str = "%s") -> list[str]:
        """Return the branch's commits, the newest first."""
        ran = subprocess.run(
            ["git", "-C", str(self.path), "log", f"--format={form}", "main"],
            env=git_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout.splitlines()

    def hook(self, name: str, script: str) -> None:
        """Let a program of the server run."""
        path = self.path / "hooks" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
