"""Objects are read by one Git process, and whatever becomes of that is an error in words."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import RepositoryError
from reconciler.provenance.objects import TOO_LARGE, Objects, read_all
from reconciler.tree.files import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.provenance.git_tree import GitTree


@pytest.fixture
def full(tree: GitTree) -> GitTree:
    """Return a tree with files of all sizes and names."""
    tree.write("a file", "one\n")
    tree.write("empty", "")
    tree.write("most", "x" * MAX_BYTES)
    tree.write("more", "x" * (MAX_BYTES + 1))
    tree.write("much", "x" * (30 * MAX_BYTES))
    tree.commit()
    return tree


def test_one_after_the_other_whatever_was_asked_before(full: GitTree) -> None:
    objects, head = Objects(full.root), full.head
    for _ in range(2):
        assert objects.read(f"{head}:a file", "blob") == b"one\n"
        assert objects.read(f"{head}:nothing", "blob") is None
        assert objects.read(f"{head}:empty", "blob") == b""
        assert objects.read(f"{head}:roles", "blob") is None
        assert objects.read(f"{head}:much", "blob") == TOO_LARGE
        assert objects.read(f"{head}:most", "blob") == b"x" * MAX_BYTES
        assert objects.read(f"{head}:more", "blob") == TOO_LARGE
        assert objects.read(head, "blob") is None
        commit = objects.read(head, "commit")
        assert commit is not None
        assert commit.startswith(b"tree ")


def test_many_at_once_in_their_order(full: GitTree) -> None:
    names = [full.git("rev-parse", f"HEAD:{path}") for path in ("empty", "a file", "most", "empty")]
    assert list(read_all(full.root, names)) == [b"", b"one\n", b"x" * MAX_BYTES, b""]
    assert list(read_all(full.root, [])) == []


def test_what_is_given_up_halfway_leaves_no_process(full: GitTree) -> None:
    name = full.git("rev-parse", "HEAD:most")
    reading = read_all(full.root, [name] * 20)
    assert isinstance(reading, Generator)
    assert len(next(reading)) == MAX_BYTES
    reading.close()
    with pytest.raises(StopIteration):
        next(reading)


def test_an_object_that_is_gone_is_damage(full: GitTree) -> None:
    name = full.git("rev-parse", "HEAD:most")
    with pytest.raises(RepositoryError, match=f"is damaged: git cat-file says `{'0' * 40} missing`"):
        list(read_all(full.root, ["0" * 40, *[name] * 20]))


def test_an_object_that_is_broken_is_an_error(full: GitTree) -> None:
    name = full.git("rev-parse", "HEAD:a file")
    file = full.root / ".git/objects" / name[:2] / name[2:]
    file.chmod(0o600)
    file.write_bytes(b"nonsense")
    with pytest.raises(RepositoryError, match="git cat-file: "):
        Objects(full.root).read(name, "blob")
    with pytest.raises(RepositoryError):
        list(read_all(full.root, [name]))


def test_where_there_is_no_repository(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    for _ in range(2):
        with pytest.raises(RepositoryError, match="not a git repository"):
            objects.read("HEAD", "commit")
    with pytest.raises(RepositoryError, match="not a git repository"):
        list(read_all(tmp_path, ["0" * 40]))


def test_a_process_that_is_gone_is_an_error_and_the_next_question_has_another(full: GitTree) -> None:
    objects, head = Objects(full.root), full.head
    assert objects.read(head, "commit")
    process = objects._process  # to take it away
    assert isinstance(process, subprocess.Popen)
    process.kill()
    process.wait()
    with pytest.raises(RepositoryError, match="git cat-file: failed"):
        objects.read(head, "commit")
    assert objects.read(head, "commit")
