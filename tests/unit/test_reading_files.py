from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from reconciler.files import is_inner_path, read_file, read_regular

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("size", [0, 1, 9, 10])
def test_a_regular_file_is_read_whole(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * size)
    assert read_regular(path, 10) == b"x" * size


def test_of_what_is_too_large_only_that_it_is_so(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    content = read_regular(path, 10)
    assert content is not None
    assert len(content) == 11


def test_a_file_that_does_not_know_its_size_is_read_to_its_end_or_the_limit() -> None:
    whole = read_regular("/proc/self/environ", 1 << 20)
    assert whole is not None
    assert len(whole) > 1
    cut = read_regular("/proc/self/environ", 10)
    assert cut == whole[:11]


def test_pipes_and_folders_are_no_files_and_nobody_waits_for_them(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read_regular(tmp_path / "pipe", 10) is None
    assert read_regular(tmp_path, 10) is None
    with pytest.raises(OSError, match="it is no regular file"):
        read_file(tmp_path / "pipe")


def test_links_are_followed_unless_they_must_not_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    assert read_regular(tmp_path / "link", 10) == b"x"
    with pytest.raises(OSError, match="symbolic links"):
        read_regular(tmp_path / "link", 10, follow_links=False)


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../a", "a/../b", "a//b", ".", ".git/config", "a/.GIT/b", "a\0b"]
)
def test_a_path_that_leads_elsewhere_is_not_inner(path: str) -> None:
    assert not is_inner_path(path)


@pytest.mark.parametrize("path", ["a", "a/b.yaml", ".gitignore", "..a/b"])
def test_any_other_is(path: str) -> None:
    assert is_inner_path(path)
