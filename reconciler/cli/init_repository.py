"""What `reconciler init` wants to know of the repository that a tree is in.

It is read from Git's files. Git is not run in the repository, so nothing of a foreign one is either.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path

# What stands in a workflow as it is: nothing that YAML, a shell or a forge would take for theirs.
_PLAIN_PATH = re.compile(r"[\w.@+-][\w./@+-]*", re.ASCII)
_BRANCH = re.compile(r"[A-Za-z0-9][\w./-]*", re.ASCII)
_PACKAGE = re.compile(r"git\+[a-z]+://[\w.:/@~+-]+|[\w.-]+==[\w.+-]+", re.ASCII)
_HEAD = re.compile(r"ref: refs/remotes/origin/(\S+)")


class Repository(Struct, frozen=True):
    """A repository, as far as pipelines are concerned.

    Attributes:
        root: where pipelines are to be; the tree's folder itself where there is no Git.
        branch: the branch that the remote calls its own; `main` where that is not known.
        remotes: the addresses of the remotes.
    """

    root: Path
    branch: str = "main"
    remotes: tuple[str, ...] = ()

    @property
    def forge(self) -> str:
        """`github` or `gitlab`: which of them has left traces here; `github` if both have, or none."""
        at_gitlab = (self.root / ".gitlab-ci.yml").exists() or (self.root / ".gitlab").is_dir()
        at_github = (self.root / ".github").is_dir()
        if at_gitlab != at_github:
            return "gitlab" if at_gitlab else "github"
        return "gitlab" if any("gitlab" in url.lower() for url in self.remotes) else "github"


def find_repository(folder: Path) -> Repository:
    """Return the repository that a folder is in; neither need be there yet."""
    start = folder.resolve()
    for root in (start, *start.parents):
        git = _git_folder(root / ".git")
        if git is not None:
            head = _HEAD.fullmatch(_text(git / "refs/remotes/origin/HEAD").strip())
            branch = head[1] if head and _BRANCH.fullmatch(head[1]) else "main"
            return Repository(root, branch, _remote_urls(git / "config"))
    return Repository(start)


def plain_folder(tree: Path, repository: Repository) -> str | None:
    """Return the tree's folder as workflows write it; None if they could misread its characters."""
    relative = tree.resolve().relative_to(repository.root).as_posix()
    return relative if _PLAIN_PATH.fullmatch(relative) else None


def installed_package() -> str:
    """Return what pip has to be told to install this very program elsewhere; empty where that is not known.

    A commit of a Git repository is known (PEP 610), and so is a version that came from an index. A folder of
    this machine is of no use elsewhere; and a name guessed at a public index may be a stranger's program.
    """
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        found = distribution("reconciler")
        origin = json.loads(found.read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return ""
    if not origin:
        package = f"reconciler=={found.version}"
    else:
        commit = origin.get("vcs_info", {}).get("commit_id", "")
        package = f"git+{origin.get('url', '')}@{commit}" if commit else ""
    return package if _PACKAGE.fullmatch(package) else ""


def _git_folder(path: Path) -> Path | None:
    """Return the folder with a repository's configuration; a worktree's `.git` is a file that names it."""
    if path.is_dir():
        return path
    named = re.fullmatch(r"gitdir: (.+)\n?", _text(path))
    if named is None:
        return None
    git = path.parent / named[1]
    common = _text(git / "commondir").strip()
    return git / common if common else git


def _remote_urls(config: Path) -> tuple[str, ...]:
    """Return the addresses of the remotes in a repository's own configuration; none if that is faulty."""
    from configparser import Error

    try:
        from git.config import GitConfigParser
    except ImportError:  # Git is not installed
        return ()
    try:
        # What it includes from elsewhere is not read.
        with GitConfigParser(config, merge_includes=False) as reader:
            remotes = [each for each in reader.sections() if each.startswith("remote ")]
            return tuple(str(url) for each in remotes for url in reader.get_values(each, "url", ""))
    except (OSError, ValueError, Error):
        return ()


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
