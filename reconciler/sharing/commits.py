"""Making commits without a look at the user's index or working tree."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sharing.git import Git

_NAME, _EMAIL = "reconciler", "reconciler@localhost"
_SIGNING_SECONDS = 60.0


def write_objects(git: Git, contents: Mapping[str, bytes]) -> dict[str, str]:
    """Put content into the repository as it is, without filters; return the hashes of the objects by name.

    Raises:
        RepositoryError: it could not be written.
    """
    if not contents:
        return {}
    parts: list[bytes] = []
    for number, content in enumerate(contents.values(), 1):
        parts += [b"blob\nmark :%d\ndata %d\n" % (number, len(content)), content, b"\n"]
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
        marks = Path(folder) / "marks"
        git.output("fast-import", "--quiet", f"--export-marks={marks}", stdin=b"".join(parts))
        lines = (line.split(" ") for line in marks.read_text("ascii").splitlines())
        by_mark = {int(mark.removeprefix(":")): each for mark, each in lines}
    return {name: by_mark[number] for number, name in enumerate(contents, 1)}


def make_commit(git: Git, parent: str, changes: Mapping[str, str | None], message: str) -> str:
    """Return a commit after `parent` with some files changed, and all others as they are there.

    Args:
        git: the repository.
        parent: the commit before.
        changes: the objects by the paths in the repository; None removes a file.
        message: of the commit.

    Raises:
        RepositoryError: it could not be made, or not be signed.
    """
    lines = [
        b"%s %s\t%s\0" % (b"100644" if each else b"0", (each or "0" * 40).encode("ascii"), os.fsencode(path))
        for path, each in sorted(changes.items(), key=lambda change: (change[1] is not None, change[0]))
    ]
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
        own = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.output("read-tree", parent, environment=own)
        git.output(
            "update-index", "--add", "--replace", "-z", "--index-info", stdin=b"".join(lines), environment=own
        )
        tree = git.output("write-tree", environment=own)
    signs = git.run("config", "--type=bool", "--get", "commit.gpgSign").out.strip() == b"true"
    ran = git.run(
        "commit-tree",
        *(["-S"] if signs else []),
        "-p",
        parent,
        "-F",
        "-",
        tree,
        stdin=message.encode(),
        environment=_author(git),
        seconds=_SIGNING_SECONDS,
    )
    if ran.code:
        raise RepositoryError(f"the commit could not be made{' and signed' if signs else ''}: {ran.said}")
    return ran.out.decode("ascii").strip()


def _author(git: Git) -> dict[str, str]:
    """Return who commits, where nobody has told Git."""
    found = {}
    for role in ("AUTHOR", "COMMITTER"):
        for part, fallback in (("NAME", _NAME), ("EMAIL", _EMAIL)):
            key = f"{role.lower()}.{part.lower()}"
            known = (
                os.environ.get(f"GIT_{role}_{part}")
                or (part == "EMAIL" and os.environ.get("EMAIL"))
                or git.config(key)
                or git.config(f"user.{part.lower()}")
            )
            if not known:
                found[f"GIT_{role}_{part}"] = fallback
    return found
