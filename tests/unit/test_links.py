"""No link is followed below a tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler import files
from reconciler.links import find_link, refuse_links, refuse_planted_links, top_of
from reconciler.model.settings import Settings
from reconciler.tree import links_to_folders

ANOTHER_USER = 65534
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")


def test_where_links_begin_to_be_refused(tmp_path: Path) -> None:
    tree, outside = tmp_path / "tree", tmp_path / "var"
    tree.mkdir()
    (tmp_path / "other-way").symlink_to(tree)
    assert top_of(tree, "certs") == tree
    assert top_of(tree, "../certs") == tree
    assert top_of(tree, str(outside / "certs")) == outside / "certs"
    # An absolute setting that leads back into the tree is no better than a relative one.
    assert top_of(tree, f"{tree}/a/certs") == tree
    assert top_of(tree, f"{tmp_path}/other-way/a/certs") == tmp_path / "other-way"


def test_the_first_link_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/link").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to("nowhere")
    assert find_link(tmp_path / "a/b/c", tmp_path) is None
    assert find_link(tmp_path / "a/b", tmp_path) is None
    assert find_link(tmp_path / "a/b/link/a/b/link", tmp_path) == f"{tmp_path}/a/b/link"
    assert find_link(tmp_path / "dangling/x", tmp_path) == f"{tmp_path}/dangling"
    assert find_link(tmp_path / "a/b/link/a", tmp_path / "a/b/link") is None
    monkeypatch.chdir(tmp_path)
    assert find_link(Path("a/b/link/x"), Path()) == "a/b/link"
    assert find_link(Path("a/../dangling"), Path("a")) == "a/../dangling"
    with pytest.raises(OSError, match="a/b/link is a link, and is not followed: take it away, or name"):
        refuse_links(Path("a/b/link"), Path())


def test_a_file_that_is_a_link_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    assert files.read_file(tmp_path / "link") == b"x"
    with pytest.raises(OSError, match="link is a link, and is not followed"):
        files.read_file(tmp_path / "link", follow_links=False)
    with pytest.raises(OSError, match="link is a link, and is not followed"):
        files.look_at(tmp_path / "link")


@pytest.mark.parametrize("field", ["state", "output"])
def test_a_folder_of_the_settings_behind_a_link_is_a_finding(tmp_path: Path, field: str) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "tree/inner").mkdir(parents=True)
    (tmp_path / "tree/inner/link").symlink_to(tmp_path / "etc")
    (tmp_path / "srv").symlink_to("etc")
    [found] = links_to_folders(tmp_path / "tree", Settings(**{field: "inner/link/deep"}))  # type: ignore[arg-type]
    assert (found.code, found.location.path) == ("folder-behind-link", "inner/link")
    assert f"`{field}`" in found.message
    # The machine's own links are its administrator's.
    assert not links_to_folders(tmp_path / "tree", Settings(**{field: f"{tmp_path}/srv/x"}))  # type: ignore[arg-type]


@only_root
def test_a_link_that_somebody_else_has_put_into_a_common_folder_is_not_followed(tmp_path: Path) -> None:
    common = tmp_path / "tmp"
    common.mkdir()
    common.chmod(0o1777)
    for name, owner in (("ours", 0), ("planted", ANOTHER_USER)):
        (common / name).symlink_to(tmp_path / "elsewhere")
        os.lchown(common / name, owner, owner)
    refuse_planted_links(common / "ours")
    refuse_planted_links(common / "not-there")
    for path in (common / "planted", common / "planted/inside"):
        with pytest.raises(OSError, match="planted is a link that somebody else has put there"):
            refuse_planted_links(path)
    common.chmod(0o755)
    refuse_planted_links(common / "planted")
