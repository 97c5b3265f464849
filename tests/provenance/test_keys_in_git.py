"""Private keys in clear that Git tracks, or would, with a real repository."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.init_files import IGNORED
from reconciler.model.settings import Settings
from reconciler.provenance.keys_in_git import keys_in_git
from tests.provenance.git_tree import GitTree

if TYPE_CHECKING:
    from pathlib import Path

PEM = "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n"
KEYS = (
    "state/accounts/team/ca/key-0.pem",
    "state/archive/accounts/ca/20260101T000000Z/key-1.pem",
    "state/archive/accounts/ca/20260101T000000Z/refused-2-3.pem",
    "state/orders/0197/privkey.pem",
    "state/orders/0197/.privkey.pem.tmp",
    "state/archive/orders/0198/privkey.pem",
    "state/challenges/0197/tls-alpn-01/www/privkey.pem",
    "certs/shop/www/privkey.pem",
    "certs/shop/www/.privkey.pem.tmp",
)
HARMLESS = (
    "state/meta.yaml",
    "state/encryption.yaml",
    "state/accounts/ca/key-0.pem.age",
    "state/orders/0197/privkey.pem.age",
    "state/orders/0197/csr.pem",
    "state/orders/0197/fullchain.pem",
    "certs/shop/www/cert.pem",
    "certs/shop/www/fullchain.pem",
    "elsewhere/privkey.pem",
)


@pytest.fixture
def tree(tmp_path: Path) -> GitTree:
    tree = GitTree(tmp_path / "repository")
    tree.write("reconciler.yaml", "{}\n")
    tree.commit()
    return tree


def found(tree: GitTree, root: Path | None = None, settings: Settings | None = None) -> dict[str, str]:
    return {each.location.path: each.code for each in keys_in_git(root or tree.root, settings or Settings())}


def ignore_as_said(tree: GitTree, root: Path, settings: Settings | None = None) -> None:
    """Add the lines that findings name to the .gitignore beside reconciler.yaml."""
    lines = {each.hint.split("`")[1] for each in keys_in_git(root, settings or Settings()) if each.hint}
    tree.write(str((root / ".gitignore").relative_to(tree.root)), "\n".join(sorted(lines)))


def write_all(tree: GitTree, paths: tuple[str, ...]) -> None:
    for path in paths:
        tree.write(path, PEM if "key" in path and not path.endswith(".age") else "public\n")


def test_nothing_is_found_where_there_is_nothing(tree: GitTree, tmp_path: Path) -> None:
    assert found(tree) == {}
    assert found(tree, tmp_path / "absent") == {}
    outside = tmp_path / "no-repository"
    (outside / "certs").mkdir(parents=True)
    (outside / "certs/privkey.pem").write_text(PEM)
    assert found(tree, outside) == {}


def test_keys_that_are_not_ignored(tree: GitTree) -> None:
    write_all(tree, (*KEYS, *HARMLESS))
    assert found(tree) == dict.fromkeys(KEYS, "private-key-not-ignored")


def test_keys_that_are_tracked(tree: GitTree) -> None:
    write_all(tree, (*KEYS, *HARMLESS))
    tree.commit()
    assert found(tree) == dict.fromkeys(KEYS, "private-key-tracked")
    (tree.root / KEYS[0]).unlink()  # gone here, and still in what is committed
    assert found(tree)[KEYS[0]] == "private-key-tracked"
    tree.write(".gitignore", "state/\ncerts/\n")
    assert found(tree) == dict.fromkeys(KEYS, "private-key-tracked")


def test_the_lines_of_init_are_enough_and_what_findings_say_too(tree: GitTree) -> None:
    write_all(tree, (*KEYS, *HARMLESS))
    lines = {each.hint.split("`")[1] for each in keys_in_git(tree.root, Settings()) if each.hint}
    assert lines <= set(IGNORED)
    tree.write(".gitignore", "\n".join(lines))
    assert found(tree) == {}
    tree.write(".gitignore", "\n".join(IGNORED))
    assert found(tree) == {}
    shown = tree.git("ls-files", "--others", "--exclude-standard").splitlines()
    assert sorted(shown) == sorted([*HARMLESS, ".gitignore"])


def test_what_to_do_is_said(tree: GitTree) -> None:
    tree.write(KEYS[3], PEM)
    [finding] = keys_in_git(tree.root, Settings())
    assert finding.severity == "error"
    assert "add the line `state/**/privkey.pem` to .gitignore" in str(finding.hint)
    tree.commit()
    [finding] = keys_in_git(tree.root, Settings())
    assert f"git rm --cached -- '{KEYS[3]}'" in str(finding.hint)
    assert "replace it" in str(finding.hint)
    assert PEM.splitlines()[1] not in f"{finding}"


def test_content_decides_where_the_name_does_not(tree: GitTree) -> None:
    tree.write("state/orders/0197/copy.pem", PEM)
    tree.write("certs/www/server.key", f"# a comment\n{PEM}")
    tree.write("certs/www/other.key", "nothing\n")
    os.mkfifo(tree.root / "certs/www/pipe.key")
    (tree.root / "certs/www/broken.pem").symlink_to("nowhere")
    assert set(found(tree)) == {"state/orders/0197/copy.pem", "certs/www/server.key"}


def test_other_folders(tree: GitTree, tmp_path: Path) -> None:
    settings = Settings(state="data/[s]tate", output=str(tmp_path / "outside"))
    tree.write("data/[s]tate/accounts/ca/key-0.pem", PEM)
    tree.write("data/state/accounts/ca/key-0.pem", PEM)
    tree.write("state/accounts/ca/key-0.pem", PEM)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/privkey.pem").write_text(PEM)
    [finding] = keys_in_git(tree.root, settings)
    assert finding.location.path == "data/[s]tate/accounts/ca/key-0.pem"
    assert r"`data/\[s]tate/accounts/**/key-*.pem`" in str(finding.hint)
    ignore_as_said(tree, tree.root, settings)
    assert found(tree, settings=settings) == {}


def test_a_tree_below_the_top_and_a_state_that_is_a_repository_of_its_own(tree: GitTree) -> None:
    inner = GitTree(tree.root / "sub/state")
    inner.write("accounts/ca/key-0.pem", PEM)
    inner.commit()
    inner.write("accounts/ca/key-1.pem", PEM)
    tree.write("sub/certs/www/privkey.pem", PEM)
    assert found(tree, tree.root / "sub") == {
        "state/accounts/ca/key-0.pem": "private-key-tracked",
        "state/accounts/ca/key-1.pem": "private-key-not-ignored",
        "certs/www/privkey.pem": "private-key-not-ignored",
    }
    ignore_as_said(tree, tree.root / "sub")
    inner.write(".gitignore", "accounts/**/key-*.pem\n")
    assert found(tree, tree.root / "sub") == {"state/accounts/ca/key-0.pem": "private-key-tracked"}


def test_a_link_to_the_state_is_followed(tree: GitTree) -> None:
    tree.write("kept/accounts/ca/key-0.pem", PEM)
    (tree.root / "state").symlink_to("kept")
    assert found(tree) == {"kept/accounts/ca/key-0.pem": "private-key-not-ignored"}
    ignore_as_said(tree, tree.root)
    assert found(tree) == {}


def test_hostile_names(tree: GitTree) -> None:
    name = "state/orders/a\nb\t'\x1b[31m/privkey.pem"
    tree.write(name, PEM)
    (tree.root / os.fsdecode(b"certs/\xff")).mkdir(parents=True)
    (tree.root / os.fsdecode(b"certs/\xff/privkey.pem")).write_text(PEM)
    assert set(found(tree)) == {name, os.fsdecode(b"certs/\xff/privkey.pem")}


def test_nothing_of_the_repository_is_run(tree: GitTree, tmp_path: Path) -> None:
    tree.write(KEYS[3], PEM)
    tree.write(".gitattributes", "* filter=evil diff=evil\n")
    tree.commit()
    mark = tmp_path / "ran"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch '{mark}'\n")
    script.chmod(0o755)
    for setting in ("core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "diff.evil.command"):
        tree.git("config", setting, str(script))
    hooks = tree.root / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-index-change", "post-checkout", "reference-transaction"):
        (hooks / hook).write_bytes(script.read_bytes())
        (hooks / hook).chmod(0o755)
    tree.write(KEYS[3], f"{PEM}changed\n")
    os.utime(tree.root / ".gitattributes")
    assert found(tree) == {KEYS[3]: "private-key-tracked"}
    assert not mark.exists()


def test_another_index_in_the_environment_means_nothing(
    tree: GitTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.write(KEYS[3], PEM)
    tree.commit()
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert found(tree) == {KEYS[3]: "private-key-tracked"}


def test_without_git_nothing_is_found(tree: GitTree, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tree.write(KEYS[3], PEM)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert found(tree) == {}


def test_a_key_without_a_commit_yet(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / "state").mkdir()
    (tmp_path / "state/privkey.pem").write_text(PEM)
    [finding] = keys_in_git(tmp_path, Settings())
    assert finding.code == "private-key-not-ignored"
