"""One CA, one web server and one server of runs for all trees of a worker."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.pebble.crash.bench import Bench
from tools import seccomp

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def bench(_pebble_programs: None) -> Iterator[Bench]:
    """Where trees are made; its runs can be stopped at any system call, or the test is skipped."""
    why = seccomp.unavailable()
    if why:
        pytest.skip(why)
    # In memory, if possible: what fsync would do is not tested, only that it is called.
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own in it
    place = memory if os.access(memory, os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(prefix="crash-", dir=place) as folder,
        Bench(Path(folder).resolve()) as bench,
    ):
        yield bench
