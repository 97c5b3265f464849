"""Which files are resources, how they are called, and what else may lie about."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from reconciler.errors import InvalidTreeError
from reconciler.tree import find_root, load_tree
from tests.unit.tree.trees import VALID, findings_of, found, make_tree

CERTIFICATE = VALID["certificates/www.yaml"]


def test_names_are_paths(tmp_path: Path) -> None:
    make_tree(tmp_path, {"certificates/shop/eu/www.yaml": CERTIFICATE, "certificates/www/www.json": "{}"})
    (tmp_path / "certificates/www/www.json").write_text('{"role": "web", "identifiers": "www.example.com"}')
    assert sorted(load_tree(tmp_path).certificates) == ["shop/eu/www", "www", "www/www"]


@pytest.mark.parametrize("name", ["a", "_a", "@a", "a.b", "a-b", "0", "www.example.com", "A" * 200, "x@y.z"])
def test_usable_names(tmp_path: Path, name: str) -> None:
    make_tree(
        tmp_path, {f"certificates/{name}.yaml": CERTIFICATE, f"certificates/{name}/x.yaml": CERTIFICATE}
    )
    assert {name, f"{name}/x"} <= set(load_tree(tmp_path).certificates)


@pytest.mark.parametrize(
    "name",
    [
        "-a",
        "a b",
        "a:b",
        "ä",
        "a\nb",
        "*",
        "A" * 201,
        "a.yaml",
        "a.json",
        "cert.pem",
        "PRIVKEY.pem",
        "a~",
        "\udcff",
    ],
)
def test_unusable_names(tmp_path: Path, name: str) -> None:
    make_tree(
        tmp_path, {f"certificates/{name}.yaml": CERTIFICATE, f"certificates/{name}/x.yaml": CERTIFICATE}
    )
    assert [each.code for each in findings_of(tmp_path)] == ["bad-name", "bad-name"]


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "certificates/README.md",
        "certificates/.gitkeep",
        "certificates/.www.yaml.swp",
        "certificates/.hidden.yaml",
        "certificates/.hidden/www.yaml",
        "certificates/www.yaml~",
        "certificates/#www.yaml#",
        "certificates/www.yaml.bak",
        "certificates/hsm.csr",
        "certificates/odd name/README.md",
        ".git/config.yaml",
        "state/accounts/le.yaml",
        "docs/x.yaml",
    ],
)
def test_what_is_ignored(tmp_path: Path, path: str) -> None:
    make_tree(tmp_path, {path: b"\xff : ["})
    assert found(tmp_path) == []
    assert list(load_tree(tmp_path).certificates) == ["www"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"certificates/a.yml": CERTIFICATE}, ["certificates/a.yml wrong-suffix"]),
        ({"certificates/a.YAML": CERTIFICATE}, ["certificates/a.YAML wrong-suffix"]),
        (
            {"certificates/www.json": '{"role": "web", "identifiers": "www.example.com"}'},
            ["certificates/www.yaml duplicate-resource"],
        ),
        ({"certificates/WWW.yaml": CERTIFICATE}, ["certificates/www.yaml case-collision"]),
        (
            {"certificates/Shop/a.yaml": CERTIFICATE, "certificates/shop/a.yaml": CERTIFICATE},
            ["certificates/shop/a.yaml case-collision"],
        ),
        ({"accounts/team/a.yaml": VALID["accounts/le.yaml"]}, ["accounts/team/a.yaml misplaced"]),
        ({"roles/team/a.yaml": VALID["roles/web.yaml"]}, ["roles/team/a.yaml misplaced"]),
        ({"identities/team/a.yaml": "id: a\n"}, ["identities/team/a.yaml misplaced"]),
        ({"identity/a.yaml": "id: a\n"}, ["identity unknown-folder"]),
        ({"reconciler.json": "{}"}, ["reconciler.yaml duplicate-resource"]),
        ({"certificate/a.yaml": CERTIFICATE}, ["certificate unknown-folder"]),
        ({"Roles/a.yaml": CERTIFICATE}, ["Roles unknown-folder"]),
    ],
)
def test_names_that_do_not_go_together(tmp_path: Path, changes: dict[str, str], expected: list[str]) -> None:
    make_tree(tmp_path, changes)
    assert found(tmp_path) == expected


def test_the_right_folder_is_named(tmp_path: Path) -> None:
    findings = findings_of(make_tree(tmp_path, {"identity/a.yaml": "", "role/a.yaml": ""}))
    assert [each.hint for each in findings] == ["did you mean `identities`?", "did you mean `roles`?"]
    make_tree(tmp_path, {"identities/team/a.yaml": "id: a\n"})
    assert "identities cannot be in folders of their own" in [each.message for each in findings_of(tmp_path)]


def test_settings_with_the_wrong_suffix(tmp_path: Path) -> None:
    (tmp_path / "reconciler.yml").write_text("")
    assert find_root(tmp_path) == tmp_path
    assert found(tmp_path) == ["reconciler.yml wrong-suffix"]


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "reconciler.yaml").write_text("")
    (tmp_path / "roles").write_text("")
    assert found(tmp_path) == ["roles not-a-folder"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    make_tree(tmp_path)
    os.mkfifo(tmp_path / "certificates/pipe.yaml")
    (tmp_path / "certificates/link.yaml").symlink_to("pipe.yaml")
    assert found(tmp_path) == ["certificates/link.yaml not-a-file", "certificates/pipe.yaml not-a-file"]


def test_a_socket_is_no_resource(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(tmp_path)
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("roles/s.yaml")
        assert found(tmp_path) == ["roles/s.yaml not-a-file"]


def test_what_becomes_unreadable_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(tmp_path)

    def refuse(*_args: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("reconciler.files.os.open", refuse)
    findings = findings_of(tmp_path)
    assert [str(each.location) for each in findings] == sorted(VALID)
    assert {each.code for each in findings} == {"unreadable"}
    assert "Permission denied" in findings[0].message


def test_links(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.yaml").write_text(CERTIFICATE)
    root = make_tree(
        tmp_path / "tree", {"shared/b.yaml": CERTIFICATE, "state/key.pem": "KEY", "roles/x/README": ""}
    )
    folder = root / "certificates"
    (folder / "inside.yaml").symlink_to("../shared/b.yaml")
    (folder / "absolute.yaml").symlink_to(root / "shared/b.yaml")
    (folder / "shared").symlink_to("../shared")
    assert sorted(load_tree(root).certificates) == ["absolute", "inside", "shared/b", "www"]

    (folder / "out.yaml").symlink_to(outside / "a.yaml")
    (folder / "out").symlink_to(outside)
    (folder / "secret.yaml").symlink_to("../state/key.pem")
    (folder / "broken.yaml").symlink_to("nowhere.yaml")
    (folder / "loop.yaml").symlink_to("loop.yaml")
    (folder / "itself").symlink_to(".")
    (folder / "zz-again").symlink_to("../shared")
    assert found(root) == [
        "certificates/broken.yaml broken-link",
        "certificates/itself link-to-folder",
        "certificates/loop.yaml broken-link",
        "certificates/out link-out-of-tree",
        "certificates/out.yaml link-out-of-tree",
        "certificates/secret.yaml link-to-other-file",
        "certificates/zz-again link-to-folder",
    ]


def test_a_prefix_of_the_roots_name_is_outside(tmp_path: Path) -> None:
    (tmp_path / "tree-two").mkdir()
    (tmp_path / "tree-two/a.yaml").write_text(CERTIFICATE)
    root = make_tree(tmp_path / "tree")
    (root / "certificates/a.yaml").symlink_to(tmp_path / "tree-two/a.yaml")
    assert found(root) == ["certificates/a.yaml link-out-of-tree"]


def test_the_root_may_be_reached_by_a_link(tmp_path: Path) -> None:
    make_tree(tmp_path / "tree")
    (tmp_path / "link").symlink_to("tree")
    assert list(load_tree(tmp_path / "link").certificates) == ["www"]


def test_find_root(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "tree", {"certificates/shop/a.yaml": CERTIFICATE}).resolve()
    assert find_root(root) == root
    assert find_root(root / "certificates/shop") == root
    with pytest.raises(InvalidTreeError) as raised:
        find_root(tmp_path)
    assert raised.value.findings[0].code == "no-tree"


@pytest.mark.parametrize("make", [True, False])
def test_a_folder_without_settings_is_no_tree(tmp_path: Path, make: bool) -> None:
    folder = tmp_path / "folder"
    if make:
        folder.mkdir()
    assert [each.code for each in findings_of(folder)] == ["no-tree"]


def test_an_error_says_how_many(tmp_path: Path) -> None:
    make_tree(tmp_path, {"roles/web.yaml": "acme_account_name: x\nallowed_domains: [internal]\n"})
    with pytest.raises(InvalidTreeError, match=r"1 error\(s\)") as raised:
        load_tree(Path(tmp_path))
    assert len(raised.value.findings) == 2
