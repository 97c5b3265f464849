"""Links in the tree, and who may read what is delivered, as the user of the command line meets them."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from reconciler.deliver.rules import rules_of
from reconciler.tree import load_tree
from tests.acceptance.trees import write_issued, write_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram
    from tests.engine.rig import Rig

SHARED = 'output_permissions: {private_key_mode: "0640", folder_mode: "0750"}\n'


@pytest.mark.parametrize(("field", "link"), [("output", "certs"), ("state", "state"), ("output", "in/certs")])
def test_a_folder_of_the_settings_that_is_a_link_stops_all(
    tree: Path, program: RunProgram, field: str, link: str
) -> None:
    write_tree(tree, **{"reconciler.yaml": f"{field}: {link}/deeper\n"})
    (tree / "elsewhere").mkdir()
    (tree / link).parent.mkdir(exist_ok=True)
    (tree / link).symlink_to(tree / "elsewhere")
    for command in ("validate", "plan", "apply"):
        done = program(command)
        assert done.code == 5
        assert f"{link}: error: `{field}` leads through a link" in done.err
        assert "in reconciler.yaml" in done.err
    assert not list((tree / "elsewhere").iterdir())
    # Where it leads to may be named.
    write_tree(tree, **{"reconciler.yaml": f"{field}: {tree}/elsewhere\n"})
    assert program("plan").code == 0


def test_the_state_behind_a_link_is_refused_by_every_command(tree: Path, program: RunProgram) -> None:
    (tree / "state").symlink_to("/var/lib")
    for command in (("status",), ("order", "list"), ("certificate", "list"), ("account", "list"), ("log",)):
        done = program(*command)
        assert (done.code, "state is a link, and is not followed" in done.err) == (1, True)


def test_a_link_in_the_place_of_files_is_told_by_the_plan(tree: Path, rig: Rig, program: RunProgram) -> None:
    write_tree(tree, **{"certificates/api.yaml": "role: web\nidentifiers: [api.example.com]\n"})
    (tree / "certs/www").mkdir(parents=True)
    (tree / "certs/www/privkey.pem").symlink_to("/etc/passwd")
    rig.rules = rules_of(tree, load_tree(tree).settings)
    shown = program("plan")
    assert shown.code == 5
    assert "certs/www/privkey.pem is a link, and is not followed" in shown.out + shown.err
    [finding] = program("plan", "--format", "json").document["denied"]
    assert (finding["code"], finding["path"]) == ("output-behind-link", "certificates/www.yaml")
    done = program("apply")
    assert done.code == 5
    assert (tree / "certs/api/privkey.pem").is_file()
    assert (tree / "certs/www/privkey.pem").is_symlink()
    assert len(rig.server.issued) == 1


def test_changed_settings_are_applied_by_the_next_apply(tree: Path, rig: Rig, program: RunProgram) -> None:
    write_issued(tree)
    rig.want("www", "www.example.com")
    assert program("plan").out.startswith("No changes")
    write_tree(tree, **{"reconciler.yaml": SHARED})
    rig.rules = rules_of(tree, load_tree(tree).settings)
    shown = program("plan")
    assert "privkey.pem has mode 0600 instead of 0640; the folder has mode 0700 instead of 0750" in " ".join(
        shown.out.split()
    )
    document = program("certificate", "show", "www", "--format", "json").document
    assert document["wrong_permissions"][0] == {
        "file": "privkey.pem",
        "what": "mode",
        "found": "0600",
        "wanted": "0640",
    }
    assert program("apply").code == 0
    assert stat.S_IMODE((tree / "certs/www/privkey.pem").stat().st_mode) == 0o640
    assert stat.S_IMODE((tree / "certs/www").stat().st_mode) == 0o750
    assert program("plan").out.startswith("No changes")
    assert not rig.server.issued
