"""Encrypted keys at the command line, without a CA."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.init_files import IGNORED
from tests.acceptance.trees import write_issued
from tests.unit.age_keys import ED25519, Pair, age_pair, ssh_pair
from tools.run_git import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram
    from tests.acceptance.trees import Issued

A, B = age_pair(0), age_pair(1)


@pytest.fixture
def issued(tree: Path) -> Issued:
    return write_issued(tree)


def encrypt_for(tree: Path, *recipients: Pair, identity: str = "") -> None:
    named = "".join(f"\n  - {each.recipient}" for each in recipients)
    where = f"\n  identity: {identity}" if identity else ""
    (tree / "reconciler.yaml").write_text(
        f"encryption:\n  recipients:{named}{where}\n" if recipients else "{}"
    )


def as_file(tree: Path, pair: Pair) -> str:
    path = tree.parent / f"{tree.name}-identity"
    path.write_text(f"# created: now\n# public key: {pair.recipient}\n{pair.identity}\n")
    return f"{{file: {path}}}"


def test_what_apply_does_plan_shows_without_the_identity(
    tree: Path, issued: Issued, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypt_for(tree, A, B)
    planned = program("plan", "--detailed-exitcode")
    assert planned.code == ExitCode.CHANGES
    assert planned.out == (
        "  ~ encrypt 1 private key\n"
        "      the settings name recipients, and the keys are not encrypted yet\n"
        f"      + {A.recipient}\n"
        f"      + {B.recipient}\n"
        "\n"
        "Plan: private keys to re-encrypt; 1 unchanged.\n"
    )
    [action] = program("plan", "--format", "json").document["actions"]
    assert (action["action"], action["keys"]) == ("reencrypt_keys", 1)
    assert action["recipients"] == action["added"] == [A.recipient, B.recipient]
    failed = program("apply")
    assert failed.code == ExitCode.SOME_FAILED
    assert "RECONCILER_AGE_IDENTITY_FILE" in failed.out
    assert list((tree / "state").rglob("*.age")) == []
    monkeypatch.setenv("RECONCILER_AGE_IDENTITY", B.identity)
    applied = program("apply")
    assert applied.code == 0
    assert applied.out.endswith("\nApply: 1 key written anew.\n")
    assert program("plan").out == "No changes. 1 certificate is as the tree wants it.\n"
    assert f"1 of them encrypted for {A.recipient}, {B.recipient}" in program("log").out
    assert "private keys  some are as they were" in program("log").out
    assert not list((tree / "state").rglob("privkey.pem"))
    fetched = program("certificate", "fetch", "www", "--format", "pem_bundle", "--output", "bundle.pem")
    assert fetched.code == 0
    assert issued.key in (tree / "bundle.pem").read_bytes()


def test_who_is_removed_and_what_that_means(tree: Path, issued: Issued, program: RunProgram) -> None:
    assert issued.key
    encrypt_for(tree, A, B, identity=as_file(tree, A))
    assert program("apply").code == 0
    encrypt_for(tree, A, identity=as_file(tree, A))
    planned = program("plan").out
    assert planned.startswith(
        f"  ~ re-encrypt 1 private key\n      the settings name other recipients\n      - {B.recipient}\n"
    )
    assert "a removed recipient can still read what is in the history of Git" in planned
    document = program("apply", "--format", "json").document
    assert document["reencrypted"] == [{"recipients": [A.recipient], "number": 1}]
    assert document["summary"]["reencrypted"] == 1
    encrypt_for(tree)
    planned = program("plan").out
    assert "DECRYPT 1 private key" in planned
    assert "IN CLEAR" in planned


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("validate",),
        ("plan",),
        ("order", "list"),
        ("order", "show", "0197299e-0000-7000-8000-000000000001"),
        ("certificate", "list"),
        ("certificate", "show", "www"),
        ("account", "list"),
        ("certificate", "fetch", "www", "--format", "der", "--output", "cert.der"),
        ("certificate", "fetch", "www", "--output", "fullchain.pem"),
    ],
)
def test_what_reads_no_key_needs_no_identity(
    tree: Path, program: RunProgram, command: tuple[str, ...]
) -> None:
    order = write_issued(tree).order
    encrypt_for(tree, A, identity=as_file(tree, A))
    assert program("apply").code == 0
    encrypt_for(tree, A, identity="{env: NOT_SET}")
    done = program(*(order.order_id if each.startswith("0197299e") else each for each in command))
    assert done.code == 0, done.err


def test_a_wrong_identity_is_an_error_that_says_what_to_do(
    tree: Path, issued: Issued, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypt_for(tree, A, identity=as_file(tree, A))
    assert program("apply").code == 0
    monkeypatch.setenv("RECONCILER_AGE_IDENTITY", B.identity)
    done = program("-v", "certificate", "fetch", "www", "--format", "pem_bundle", "--output", "bundle.pem")
    assert done.code == 1
    first = done.err.splitlines()[0]
    assert first.startswith(
        f"error: state/orders/{issued.order.order_id}/privkey.pem.age cannot be decrypted: "
    )
    assert "environment variable RECONCILER_AGE_IDENTITY is none of those it is for" in first
    assert f"are encrypted for {A.recipient}" in first
    for secret in (A.identity, B.identity, issued.key.decode().splitlines()[1]):
        assert secret not in done.err + done.out


@pytest.mark.parametrize(
    ("identity", "said"),
    [
        (ssh_pair(*ED25519, passphrase="12345").identity, "has a passphrase"),
        ("s3cr3t-m4rk", "line 1 of the identity in the environment variable"),
        (f"{A.identity}x", "is not whole"),
    ],
    ids=["locked", "other", "damaged"],  # no keys, which are others in each process
)
def test_an_identity_that_cannot_be_used_is_not_shown(
    tree: Path, issued: Issued, program: RunProgram, monkeypatch: pytest.MonkeyPatch, identity: str, said: str
) -> None:
    monkeypatch.setenv("RECONCILER_AGE_IDENTITY", identity)
    encrypt_for(tree, A)
    done = program("-v", "apply")
    assert done.code == ExitCode.SOME_FAILED
    assert said in done.out
    for line in [*identity.splitlines(), *issued.key.decode().splitlines()[1:-1]]:
        if not line.startswith("-----"):
            assert line not in done.out + done.err
    assert next((tree / "state").rglob("privkey.pem")).read_bytes() == issued.key


@pytest.mark.parametrize("command", ["validate", "plan", "apply"])
def test_a_key_that_git_would_take_is_an_error(tree: Path, program: RunProgram, command: str) -> None:
    write_issued(tree)
    git(tree, "init")
    done = program(command)
    assert done.code == ExitCode.INVALID_OR_DENIED
    assert "certs/www/privkey.pem: error: Git would take this private key, in clear" in done.err
    assert "[private-key-not-ignored]" in done.err
    assert "help: add the line `certs/**/privkey.pem` to .gitignore" in done.err
    document = program(command, "--format", "json").document
    assert {each["code"] for each in document["findings"]} == {"private-key-not-ignored"}
    (tree / ".gitignore").write_text("\n".join(IGNORED))
    assert program(command).code == 0
    assert program("status").code == 0
    git(tree, "add", "--force", "certs/www/privkey.pem")
    done = program(command)
    assert done.code == ExitCode.INVALID_OR_DENIED
    assert (
        "certs/www/privkey.pem: error: Git tracks this private key, in clear [private-key-tracked]"
        in done.err
    )
    assert program("status").code == 0


def test_a_state_with_encrypted_keys_can_be_cloned_and_goes_on(
    tree: Path, issued: Issued, program: RunProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypt_for(tree, A, identity=as_file(tree, A))
    (tree / ".gitignore").write_text("\n".join(IGNORED))
    assert program("apply").code == 0
    git(tree, "init")
    git(tree, "add", "--all")
    git(tree, "commit", "-m", "all")
    clone = tmp_path / "clone"
    git(tree, "clone", str(tree), str(clone))
    assert not list(clone.rglob("privkey.pem"))
    assert list(clone.rglob("privkey.pem.age"))
    monkeypatch.chdir(clone)
    assert program("plan").out.startswith("No changes.")
    assert program("certificate", "fetch", "www", "--format", "pem_bundle", "-o", "b.pem").code == 0
    assert issued.key in (clone / "b.pem").read_bytes()
