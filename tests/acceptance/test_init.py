from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram

KEYS = (
    "state/accounts/letsencrypt/key-0.pem",
    "state/accounts/letsencrypt/.key-0.pem.tmp",
    "state/archive/accounts/letsencrypt/20260101T000000Z/key-0.pem",
    "state/archive/accounts/letsencrypt/20260101T000000Z/refused-1.pem",
    "state/accounts/letsencrypt/.key-0.pem.age.tmp",
    "state/orders/01970000/privkey.pem",
    "state/archive/orders/01970000/privkey.pem",
    "state/orders/01970000/.privkey.pem.tmp",
    "state/challenges/01970000/tls-alpn-01/www.example.com/privkey.pem",
    "certs/shop/www/privkey.pem",
    "certs/shop/www/.privkey.pem.tmp",
    "state/orders/01970000/.privkey.pem.age.tmp",
)
RECORDS = (
    "state/meta.yaml",
    "state/encryption.yaml",
    "state/accounts/letsencrypt/key-0.pem.age",
    "state/archive/accounts/letsencrypt/20260101T000000Z/key-0.pem.age",
    "state/orders/01970000/privkey.pem.age",
    "state/archive/orders/01970000/privkey.pem.age",
    "state/accounts/letsencrypt.yaml",
    "state/orders/01970000.yaml",
    "state/certificates/shop/www.yaml",
    "certs/shop/www/fullchain.pem",
    "state/events.jsonl",
    "state/claims/certificates/shop/www.yaml",
    "state/accounts/letsencrypt/key-0.pem.age",
    "state/orders/01970000/privkey.pem.age",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_tree_is_valid_and_can_be_planned(program: RunProgram) -> None:
    done = program("init")
    assert (done.code, done.err) == (0, "")
    assert "wrote reconciler.yaml\n" in done.out
    assert done.out.endswith("then: reconciler plan\n")
    validated = program("validate")
    assert (validated.code, validated.err) == (0, "")
    assert program("plan").out.endswith("Plan: 1 account to register, 1 to order; 0 unchanged.\n")


def test_a_tree_in_a_new_folder(folder: Path, program: RunProgram) -> None:
    done = program("init", "deep/down")
    assert done.out.endswith("then: reconciler -C deep/down plan\n")
    assert program("-C", "deep/down", "validate").code == 0
    assert [path.name for path in folder.iterdir()] == ["deep"]


def test_nothing_is_overwritten(folder: Path, program: RunProgram) -> None:
    (folder / "reconciler.yaml").write_text("state: elsewhere\n")
    (folder / ".gitignore").write_text("*.pyc")
    done = program("init")
    assert "kept  reconciler.yaml (it was there)\n" in done.out
    assert (folder / "reconciler.yaml").read_text() == "state: elsewhere\n"
    assert (folder / ".gitignore").read_text().startswith("*.pyc\n# ")


def test_a_second_time_changes_nothing(folder: Path, program: RunProgram) -> None:
    program("init")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    document = program("init", "--format", "json").document
    assert document["written"] == document["gitignore_added"] == []
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_editors_find_the_schema_of_every_file(folder: Path, program: RunProgram) -> None:
    written = program("init", "--format", "json").document["written"]
    for name in (each for each in written if each.endswith(".yaml") and not each.startswith(".git")):
        path = folder / name
        modeline, _, _ = path.read_text().partition("\n")
        prefix, _, schema = modeline.partition("$schema=")
        assert prefix == "# yaml-language-server: "
        assert (path.parent / schema).is_file()


def test_git_ignores_the_keys_and_nothing_else(folder: Path, program: RunProgram) -> None:
    program("init")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    ignored = subprocess.run(
        ["git", "check-ignore", *KEYS, *RECORDS], cwd=folder, capture_output=True, text=True, check=True
    )
    assert ignored.stdout.split() == list(KEYS)


def test_a_folder_that_cannot_be_made_is_an_error(folder: Path, program: RunProgram) -> None:
    (folder / "roles").write_text("a file")
    done = program("init")
    assert done.code == 1
    assert done.err.startswith("error: ")
    assert "roles" in done.err
