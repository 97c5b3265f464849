"""`reconciler state check`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.model.account import AccountKey, KeyType
from reconciler.pki import thumbprint
from reconciler.store import Store
from tests.acceptance.command_line import environment
from tests.acceptance.trees import write_account_key, write_issued, write_tree
from tests.unit import values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram
    from tests.conftest import RecordFigure
    from tests.engine.rig import Rig


@pytest.fixture
def issued(rig: Rig, tree: Path) -> Path:
    """Return a tree whose state has one certificate, as a run has made it."""
    rig.want("www", "www.example.com")
    rig.apply()
    return tree


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    """Return all that could change of the files and folders below one."""
    paths = [folder, *folder.rglob("*")]
    return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_mode) for path in paths}


def test_a_state_that_is_sound(issued: Path, program: RunProgram) -> None:
    before = everything(issued)
    done = program("state", "check")
    assert (done.code, done.out, done.err) == (0, "Nothing is wrong in state.\n", "")
    document = program("state", "check", "--format", "json").document
    assert document["is_sound"] is True
    assert document["findings"] == []
    assert everything(issued) == before


def test_no_state_is_no_error(tree: Path, program: RunProgram) -> None:
    assert program("state", "check").code == 0
    assert not (tree / "state").exists()


def test_all_findings_at_once_with_what_to_do(issued: Path, program: RunProgram) -> None:
    (issued / "state/accounts/ca/key-0.pem").chmod(0o644)
    (issued / "certs/www/chain.pem").unlink()
    (issued / "state/orders/a b.txt").write_text("\x1b[2J")
    before = everything(issued)
    done = program("state", "check")
    assert done.code == 1
    assert done.out == (
        "certs/www/chain.pem: note: this file is missing [not-as-delivered]\n"
        "help: the next `reconciler apply` writes it again\n"
        "\n"
        "state/accounts/ca/key-0.pem: error: others can read this key (mode 0644) [readable-by-others]\n"
        "help: see who could read it since: a key that was read is to be replaced; take the rights away: "
        "`chmod 600 state/accounts/ca/key-0.pem`\n"
        "\n"
        "state/orders/a b.txt: warning: no file of this name has a place in a state [stray-file]\n"
        "help: look what it is, and move it out of the state\n"
        "\n"
        "1 error, 1 warning, 1 note\n"
    )
    document = program("state", "check", "--format", "json").document
    assert document["summary"] == {"errors": 1, "warnings": 1, "notes": 1}
    assert [each["command"] for each in document["findings"]] == [
        "reconciler apply",
        "chmod 600 state/accounts/ca/key-0.pem",
        None,
    ]
    assert everything(issued) == before


def test_warnings_and_notes_are_no_errors(issued: Path, program: RunProgram) -> None:
    (issued / "state/notes").write_text("?")
    (issued / "certs/www/chain.pem").unlink()
    assert program("state", "check").code == 0


def test_the_tree_may_have_errors_and_the_lock_be_held(issued: Path, program: RunProgram) -> None:
    write_tree(issued, **{"roles/web.yaml": "nonsense: true\n"})
    with Store(issued / "state").lock("another run", values.NOW):
        assert program("state", "check").code == 0


def test_but_not_the_settings(tree: Path, program: RunProgram) -> None:
    write_tree(tree, **{"reconciler.yaml": "sate: elsewhere\n"})
    assert program("state", "check").code == 5


def test_names_in_findings_cannot_act_on_a_terminal(issued: Path, program: RunProgram) -> None:
    (issued / "state" / "\x1b[2J").write_text("?")
    done = program("state", "check")
    assert "\x1b" not in done.out
    assert "[stray-file]" in done.out


def test_nobody_but_a_finding_tells_of_what_cannot_be_read(issued: Path, program: RunProgram) -> None:
    [order] = (issued / "state/orders").glob("*.yaml")
    order.write_bytes(b"\xff\x00")
    os.mkfifo(issued / "state/pipe")
    done = program("state", "check")
    assert done.code == 1
    assert "[unreadable-record]" in done.out
    assert "[stray-file]" in done.out
    assert done.err == ""


def large_state(folder: Path, number: int) -> Path:
    """Leave as many certificates, each with its order, key, request, chain and files."""
    store = Store(folder / "state")
    with store.lock("test", values.NOW):
        key = AccountKey(0, KeyType.EC_256, values.NOW, thumbprint(write_account_key(folder)))
        store.save_account(replace(values.account(), account_keys=(key,)))
    order_id = write_issued(folder).order.order_id
    for each in range(2, number + 1):
        other = (f"0197299e-0000-7000-8000-{each:012}", f"group-{each % 100}/www-{each}")
        copy(folder / "state/orders" / f"{order_id}.yaml", order_id, *other)
        copy(folder / "state/certificates/www.yaml", order_id, *other)
        shutil.copytree(folder / "state/orders" / order_id, folder / "state/orders" / other[0])
        shutil.copytree(folder / "certs/www", folder / "certs" / other[1])
    return folder


def copy(record: Path, order_id: str, other_id: str, name: str) -> None:
    """Write a record once more, as that of another order and another certificate."""
    text = record.read_text().replace(order_id, other_id).replace("name: www", f"name: {name}")
    target = record.parent / f"{other_id if record.stem == order_id else name}.yaml"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text)


def seconds(tree: Path) -> float:
    """Return the CPU seconds of a check that finds nothing, as a process of its own."""
    command = [sys.executable, "-m", "reconciler", "-C", str(tree), "state", "check"]
    before = os.times()
    ran = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    after = os.times()
    assert "Nothing is wrong" in ran.stdout, ran.stdout[-2000:]
    return sum(after[2:4]) - sum(before[2:4])


def test_many_certificates_are_looked_at(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
    seconds(large_state(tree, 50))


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_ten_thousand_certificates(
    tree: Path, monkeypatch: pytest.MonkeyPatch, record_figure: RecordFigure
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
    took = seconds(large_state(tree, 10_000))
    record_figure("state check", f"10,000 certificates, each key read and compared: {took:.0f} s of CPU")
    assert took < 120
