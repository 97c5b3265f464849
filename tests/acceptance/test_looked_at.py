"""What a plan looks at, and what is looked at to see whether it has changed: the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.exit_codes import ExitCode
from reconciler.errors import InvalidTreeError
from reconciler.model.order import OrderFile
from reconciler.store import Store
from reconciler.tree import TREE_PATHS, find_root
from reconciler.verdict.places import FOLDERS, ROOT_FILES, LinkError, Places, files_in, listed, root_of
from reconciler.verdict.sweep import sweep
from tests.acceptance.command_line import environment
from tests.acceptance.trees import write_account, write_account_key, write_issued, write_tree

if TYPE_CHECKING:
    from collections.abc import Callable

_HEARS = """
import json, os, sys
heard = set()
def hear(event, arguments):
    if event in ("open", "os.scandir", "os.listdir") and isinstance(arguments[0], (str, bytes, os.PathLike)):
        heard.add(os.path.realpath(os.fsdecode(arguments[0])))
sys.addaudithook(hear)
from reconciler.cli.main import run
code = run(["plan", "--no-cache"])
print(json.dumps([code, sorted(heard)]))
"""
_PROVIDER = {"type": "rfc2136", "identifiers": ["example.com"], "nameserver": "192.0.2.53:53"}
_RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
_ENCRYPTION = f"encryption:\n  recipients: [{_RECIPIENT}]\n  identity: {{env: NOT_SET}}\n"


@pytest.fixture
def everything(tree: Path) -> Path:
    """Return a tree with something of each kind, and its state."""
    write_tree(
        tree,
        **{
            "certificates/shop/deep/api.yaml": "role: web\nidentifiers: [www.example.com]\n",
            "certificates/shop/hsm.yaml": "role: web\ncsr_file: requests/hsm.csr\n",
            "identities/alice.yaml": "id: 7f3c2a\n",
            "dns-providers/zone.json": json.dumps(_PROVIDER),
            "state/claims/certificates/x.yaml": "name: x\n",
            "state/claims/accounts/x.yaml": "name: x\n",
            "state/cleanup/x.yaml": "order_id: x\n",
            "state/encryption.yaml": f"recipients: [{_RECIPIENT}]\n",
            "README.md": "",
        },
    )
    write_account(tree)
    write_account_key(tree)
    for number, name in enumerate(("www", "shop/deep/api", "shop/hsm")):
        issued = write_issued(tree, name, number, with_csr=name == "shop/hsm")
    csr = Store(tree / "state").order_file(issued.order.order_id, OrderFile.CSR)
    write_tree(tree, **{"certificates/shop/requests/hsm.csr": csr.decode()})
    return tree


def heard(tree: Path) -> tuple[int, set[str]]:
    """Return what a plan opens and lists in a tree, but for what Git does; and its exit code."""
    ran = subprocess.run(
        [sys.executable, "-c", _HEARS],
        cwd=tree,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    code, paths = json.loads(ran.stdout.splitlines()[-1])
    return code, {path for path in paths if Path(path).is_relative_to(tree)}


def looked_at(tree: Path, *, counts_keys: bool = False) -> set[str]:
    """Return what is looked at to see whether a plan would be the same."""
    root = str(tree)
    found = listed(Places(root, f"{root}/state", f"{root}/certs", counts_keys=counts_keys))
    # The root is listed, not looked at: much else may lie there.
    return {root, *found.paths, *(path for folder in found.delivered for path in files_in(folder))}


@pytest.mark.parametrize("settings", ["{}\n", _ENCRYPTION], ids=["plain", "encrypted"])
def test_all_that_a_plan_opens_or_lists_is_looked_at(everything: Path, settings: str) -> None:
    write_tree(everything, **{"reconciler.yaml": settings})
    code, opened = heard(everything)
    assert code in (ExitCode.DONE, ExitCode.ERROR), code
    seen = looked_at(everything, counts_keys=settings == _ENCRYPTION)
    assert len(opened) > 25
    # Of what is not there its folder says so. Archived keys are counted where there is something to be done.
    archive = everything / "state" / "archive"
    others = [path for path in map(Path, opened - seen) if not path.is_relative_to(archive)]
    assert [path for path in others if path.exists() or str(path.parent) not in seen] == []


def test_a_change_of_any_of_them_is_seen(everything: Path) -> None:
    root = str(everything)
    places = Places(root, f"{root}/state", f"{root}/certs", counts_keys=True)
    before = sweep(listed(places)).digest
    assert sweep(listed(places)).digest == before
    for path in sorted(looked_at(everything, counts_keys=True) - {root}):
        file = Path(path)
        if file.is_dir():
            (file / ".x").touch()
        elif file.exists():
            times = file.stat()
            with file.open("r+b") as stream:
                stream.write(b"X")
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        after = sweep(listed(places)).digest
        assert after != before, path
        before = after


def test_what_is_in_the_root_is_seen_by_name(everything: Path) -> None:
    root = str(everything)
    places = Places(root, f"{root}/state", f"{root}/certs")
    before = sweep(listed(places)).digest
    (everything / "README.md").write_text("other words")
    (everything / ".git").mkdir()
    assert sweep(listed(places)).digest == before
    (everything / "role").mkdir()
    assert sweep(listed(places)).digest != before


@pytest.mark.parametrize("make", [Path.touch, os.mkfifo])
def test_what_has_the_name_of_a_folder_is_seen(everything: Path, make: Callable[[Path], object]) -> None:
    root = str(everything)
    places = Places(root, f"{root}/state", f"{root}/certs")
    shutil.rmtree(everything / "identities")
    before = sweep(listed(places)).digest
    make(everything / "identities")
    assert sweep(listed(places)).digest != before


@pytest.mark.parametrize(
    "place", ["certificates", "certificates/x.yaml", "roles/x", "reconciler.json", "state/accounts/x"]
)
def test_a_link_is_for_the_plan_alone(everything: Path, place: str) -> None:
    path, root = everything / place, str(everything)
    if path.exists():
        path.rename(everything / "elsewhere")
    path.symlink_to(everything / "elsewhere")
    with pytest.raises(LinkError):
        listed(Places(root, f"{root}/state", f"{root}/certs"))


def test_a_link_on_the_way_is_seen(everything: Path) -> None:
    root = str(everything)
    places = Places(root, f"{root}/state", f"{root}/certs")
    other = everything.parent / f"{everything.name}-elsewhere"
    # So that none lies in `shop` itself.
    (everything / "state/certificates/shop/hsm.yaml").unlink()
    write_tree(everything, **{"state/certificates/a/b/c/www.yaml": "", "certs/a/b/c/www/cert.pem": ""})
    for place in ("state", "certs", "certs/shop", "certs/a", "certs/a/b", "certs/a/b/c"):
        path = everything / place
        before = sweep(listed(places)).digest
        path.rename(other)
        path.symlink_to(other)
        assert sweep(listed(places)).digest != before
        path.unlink()
        other.rename(path)


@pytest.mark.parametrize("place", ["certs/www", "certs/shop/deep/api", "certs/shop", "state/certificates"])
def test_when_a_whole_folder_went_is_known(everything: Path, place: str) -> None:
    root = str(everything)
    places = Places(root, f"{root}/state", f"{root}/certs")
    before = sweep(listed(places)).newest
    shutil.rmtree(everything / place)
    while (everything / place).parent.stat().st_ctime_ns <= before:  # the file system's clock goes in steps
        (everything / place).parent.touch()
    assert sweep(listed(places)).newest > before


def test_names_are_those_of_the_tree(everything: Path) -> None:
    assert set(FOLDERS) == {name for name in TREE_PATHS if "." not in name}
    assert set(ROOT_FILES) > {name for name in TREE_PATHS if "." in name}


@pytest.mark.parametrize("name", [*ROOT_FILES, "other.yaml"])
def test_the_root_is_where_the_tree_has_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / name).touch()
    try:
        expected = str(find_root(tmp_path / "a" / "b"))
    except InvalidTreeError:
        expected = None
    assert root_of(tmp_path / "a" / "b") == expected
