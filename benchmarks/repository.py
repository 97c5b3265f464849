"""Git, as the benchmarks use it."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from benchmarks.measure import MeasurementError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# So that nobody's settings (a file system monitor, an untracked cache) speed it up or slow it down.
GIT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


def git(root: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run Git in a repository; return what it prints, without the end of the line.

    Raises:
        MeasurementError: it failed, with what it said.
    """
    ran = subprocess.run(
        ["git", "-C", str(root), *arguments],
        input=stdin,
        env={**os.environ, **GIT},
        capture_output=True,
        check=False,
    )
    if ran.returncode:
        raise MeasurementError(f"git {' '.join(arguments)}: {ran.stderr.decode(errors='replace')}")
    return ran.stdout.decode().rstrip("\n")


def commit_tree(tree: Path, ignored: Iterable[str]) -> None:
    """Commit all that is in a tree, but for what is ignored; makes the repository where there is none.

    Raises:
        MeasurementError: Git failed.
    """
    tree.joinpath(".gitignore").write_text("".join(f"{pattern}\n" for pattern in ignored))
    git(tree, "init", "--quiet")
    # A hundred thousand files: as fast as Git can, for nobody needs them to outlive a power failure.
    git(tree, "-c", "core.looseCompression=0", "-c", "core.fsync=none", "add", "--all")
    person = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com")
    git(tree, *person, "-c", "gc.auto=0", "commit", "--quiet", "--message", "All of it")
