"""The user's own index and branch, after what was shared is public."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler.model.certificate import PUBLIC_FILES
from reconciler.sharing.git import without_filters
from reconciler.sharing.layout import CLAIMS, OUTPUT, is_shared

if TYPE_CHECKING:
    from reconciler.sharing.place import Place


def settle(place: Place, commit: str) -> str | None:
    """Let index and branch of the working tree follow, as far as that touches nothing but what is shared.

    The index knows the shared files as they are in `commit`, so that `git status` shows what the user has
    changed and `git pull` has nothing to complain of. The branch follows if only shared files lie between.
    No file is touched; the tree stays at the commit that was applied.

    Returns:
        what is to be said, if anything.
    """
    name = place.git.run("symbolic-ref", "--quiet", "HEAD").out.decode("utf-8", "replace").strip()
    if name and not _follows(place, name):
        return None
    if not name and _is_rebasing(place):
        return "a rebase is under way here: Git's index was left as it is"
    if not _update_index(place, commit):
        return "Git's index here could not be brought up to date (is Git at work here?): see `git status`"
    head = place.git.commit("HEAD")
    if not name or head is None or head == commit:
        return None
    branch = name.removeprefix("refs/heads/")
    if not place.git.is_ancestor(head, commit) or any(
        not _is_ours(place, path) for path in _changed(place, head, commit)
    ):
        return (
            f"the branch {branch} stays where it is: other commits have come to `{place.target}`; `git pull`"
        )
    moved = place.git.run("update-ref", "-m", "reconciler: apply --commit", name, commit, head)
    return None if moved.code == 0 else f"the branch {branch} could not be moved: {moved.said}; `git pull`"


def changed_tree(place: Place, before: str, after: str, paths: tuple[str, ...]) -> list[str]:
    """Return which of some paths of the tree differ between two commits: the files, by their paths in it."""
    wanted = [place.tree + path for path in paths]
    return [
        path.removeprefix(place.tree)
        for path in _changed(place, before, after, *wanted)
        if place.shared(path) is None
    ]


def _is_rebasing(place: Place) -> bool:
    """Say whether what is in the index becomes part of a commit of the user's."""
    paths = place.git.output("rev-parse", "--git-path", "rebase-merge", "--git-path", "rebase-apply")
    return any((place.git.top / path).is_dir() for path in paths.split("\n"))


def _follows(place: Place, name: str) -> bool:
    """Say whether the branch that is checked out is that which is pushed to, or has it as upstream."""
    branch, target = name.removeprefix("refs/heads/"), place.target
    if target.remote is None:
        return branch == target.branch
    remote, merge = place.git.config(f"branch.{branch}.remote"), place.git.config(f"branch.{branch}.merge")
    return (remote, merge) == (target.remote, f"refs/heads/{target.branch}")


def _changed(place: Place, before: str, after: str, *paths: str) -> list[str]:
    listed = place.git.run(
        *("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv"),
        *(before, after, "--", *paths),
    )
    return [os.fsdecode(path) for path in listed.out.split(b"\0") if path]


def _is_ours(place: Place, path: str) -> bool:
    return place.shared(path) is not None


def _update_index(place: Place, commit: str) -> bool:
    listed_there = place.git.files(commit, place.folders)
    wanted = {path: each for path, each in listed_there.items() if _is_written_by_us(place, path)}
    listed = place.git.run(
        "ls-files", "-s", "-z", "--full-name", "--", *(each.rstrip("/") for each in place.folders)
    )
    known = {}
    for line in listed.out.split(b"\0"):
        about, _, path = line.partition(b"\t")
        if path:
            known[os.fsdecode(path)] = about.split()[1].decode("ascii")
    changes = {path: each for path, each in wanted.items() if known.get(path) != each}
    gone = [path for path in known if path not in wanted and _is_removed_with_us(place, path)]
    lines = [b"0 %s\t%s\0" % (b"0" * 40, os.fsencode(path)) for path in gone]
    lines += [
        b"100644 %s\t%s\0" % (each.encode("ascii"), os.fsencode(path)) for path, each in changes.items()
    ]
    if not lines:
        return True
    without = without_filters(place.git)
    ran = place.git.run(
        *without, "update-index", "--add", "--replace", "-z", "--index-info", stdin=b"".join(lines)
    )
    return ran.code == 0


def _is_written_by_us(place: Place, path: str) -> bool:
    """Say whether runs push a file; what people have beside those stays as they have staged it."""
    name = place.shared(path) or ""
    return _is_removed_with_us(place, path) or (
        name.startswith(OUTPUT) and name.rpartition("/")[2] in PUBLIC_FILES
    )


def _is_removed_with_us(place: Place, path: str) -> bool:
    name = place.shared(path) or ""
    return is_shared(name) or name.startswith(CLAIMS)
