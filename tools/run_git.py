"""Git for tests and tools: with nothing of the developer's configuration, and with somebody who commits."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "somebody",
    "GIT_AUTHOR_EMAIL": "somebody@example.com",
    "GIT_COMMITTER_NAME": "somebody",
    "GIT_COMMITTER_EMAIL": "somebody@example.com",
}


def git(folder: Path, *arguments: str, code: int = 0, environment: Mapping[str, str] | None = None) -> str:
    """Run Git in a folder; return what it printed, without the end of the line.

    Raises:
        AssertionError: it has ended with another code.
    """
    ran = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env={**os.environ, **GIT_ENVIRONMENT, **(environment or {})},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if ran.returncode != code:
        raise AssertionError(f"git {' '.join(arguments)}: {ran.stderr}{ran.stdout}")
    return ran.stdout.strip()
