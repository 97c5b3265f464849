from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler import files


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/null", "/dev/fd/1", "/dev/none"])
def test_no_file_takes_the_place_of_a_device(path: str) -> None:
    # Only asked, for root could do it: the machine would have no standard output any more.
    assert files.is_stream(Path(path))


def test_a_file_in_memory_is_a_file() -> None:
    assert not files.is_stream(Path("/dev/shm/none"))  # noqa: S108 - not made


def test_a_pipe_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="it is a device or a pipe"):
        files.write_file(pipe, b"x")
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_what_a_killed_run_was_writing_is_removed_and_what_is_gits_is_not(tmp_path: Path) -> None:
    left, kept, gits = (
        tmp_path / each for each in ("orders/.1.yaml.tmp", "orders/1.yaml", ".git/objects/.x.tmp")
    )
    for each in (left, kept, gits):
        each.parent.mkdir(parents=True, exist_ok=True)
        each.write_text("x")
    files.end_writing(tmp_path, since=0)
    assert [each.exists() for each in (left, kept, gits)] == [False, True, True]
