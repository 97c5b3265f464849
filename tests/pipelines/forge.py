"""A forge: a bare repository that is pushed to, and the checkouts that its runners work in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.run_git import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Forge:
    """`bare` is what everybody pushes to; `desk` is where a developer works, on `main` at first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bare = folder / "forge.git"
        self.desk = folder / "desk"
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        git(folder, "clone", "--quiet", str(self.bare), str(self.desk))

    def push(self, files: Mapping[str, str | None], *, branch: str = "main", start: str = "main") -> str:
        """Commit files to a branch, which begins at `start`, and push it; return the commit."""
        known = git(self.desk, "branch", "--list", branch)
        begin = [] if known or branch == "main" else ["-b"]
        if git(self.desk, "symbolic-ref", "--short", "HEAD") != branch:
            git(self.desk, "checkout", "--quiet", *begin, branch, *([start] if begin else []))
        for name, text in files.items():
            path = self.desk / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        git(self.desk, "add", "--all")
        git(self.desk, "commit", "--quiet", "--allow-empty", "--message", f"change of {branch}")
        git(self.desk, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return git(self.desk, "rev-parse", "HEAD")

    def propose(self, files: Mapping[str, str | None], *, branch: str = "topic") -> str:
        """Push a branch, and make the commit that a forge tries a pull request with; return that."""
        self.push(files, branch=branch)
        git(self.desk, "checkout", "--quiet", "--detach", "main")
        git(self.desk, "merge", "--quiet", "--no-ff", "--message", f"Merge {branch} into main", branch)
        git(self.desk, "push", "--quiet", "--force", "origin", "HEAD:refs/pull/1/merge")
        trial = git(self.desk, "rev-parse", "HEAD")
        git(self.desk, "checkout", "--quiet", "main")
        return trial

    def checkout(self, name: str, ref: str = "refs/heads/main") -> Path:
        """Return a new checkout as runners make it: all branches as of `origin`, and one ref of the forge.

        A branch is checked out as a branch, and anything else detached.
        """
        folder = self.folder / name
        git(self.folder, "init", "--quiet", str(folder))
        git(folder, "remote", "add", "origin", str(self.bare))
        extra = [] if ref.startswith("refs/heads/") else [f"+{ref}:refs/remotes/trial"]
        git(folder, "fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*", *extra)
        branch = ref.removeprefix("refs/heads/")
        target = (
            ["--detach", "refs/remotes/trial"] if extra else ["-B", branch, f"refs/remotes/origin/{branch}"]
        )
        git(folder, "checkout", "--quiet", "--force", *target)
        return folder

    def show(self, path: str, ref: str = "main") -> str:
        """Return a file as the forge has it."""
        return git(self.bare, "show", f"{ref}:{path}")

    def files(self, ref: str = "main") -> list[str]:
        """Return the paths of all files that the forge has."""
        return git(self.bare, "ls-tree", "-r", "--name-only", ref).splitlines()
