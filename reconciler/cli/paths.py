"""Paths as the reader of a message would write them."""

from __future__ import annotations

import os
from pathlib import Path


def short_path(path: Path) -> Path:
    """Return a path as it is, or relative to the working directory, whichever is shorter."""
    return min(Path(os.path.relpath(path)), path, key=lambda each: len(str(each)))
