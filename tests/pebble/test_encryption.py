"""A whole life at a real CA with keys that are encrypted, and with recipients that come and go."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

from tests.pebble.tree import Tree
from tests.unit.age_keys import ED25519, RSA, Pair, age_pair, ssh_pair
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble

A, B = age_pair(0), age_pair(1)


@pytest.fixture
def tree(tmp_path: Path, pebble: StartPebble) -> Tree:
    return Tree(tmp_path / "tree", pebble(PebbleOptions(always_valid=True)))


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    return tmp_path / "identity.txt"


def encrypt_for(tree: Tree, identity: Path, *recipients: Pair, by: Pair | None = None) -> None:
    lines = [f"  recipients: [{', '.join(each.recipient for each in recipients)}]"]
    lines += [f"  identity: {{file: {identity}}}"]
    encryption = ["encryption:", *lines] if recipients else []
    tree.write("reconciler.yaml", "\n".join(["challenges: {http-01: {webroot: webroot}}", *encryption]))
    identity.write_text(f"{(by or recipients[0]).identity}\n")


def assert_no_key_in_clear(tree: Tree) -> None:
    """Neither by name, nor by what grep finds; but keys there are."""
    state = tree.root / "state"
    assert not [each for each in state.rglob("*.pem") if each.name not in ("csr.pem", "fullchain.pem")]
    found = subprocess.run(["grep", "-rl", "PRIVATE KEY", str(state)], capture_output=True, check=False)
    assert (found.returncode, found.stdout) == (1, b"")
    assert len(list(state.rglob("*.pem.age"))) >= 2


@pytest.mark.parametrize(
    "pair", [A, ssh_pair(*ED25519), ssh_pair(*RSA)], ids=["age", "ssh-ed25519", "ssh-rsa"]
)
def test_a_whole_life(tree: Tree, identity: Path, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    encrypt_for(tree, identity, pair)
    tree.certificate("www", "1.example.com", "reuse_key: true")
    tree.run("apply")
    tree.verify("www")
    assert_no_key_in_clear(tree)
    key = (tree.root / "certs/www/privkey.pem").read_bytes()

    tree.let_renewal_come("www")
    tree.run("apply")
    tree.verify("www")
    assert (tree.root / "certs/www/privkey.pem").read_bytes() == key
    tree.run("account", "rotate-key", "ca", "--force")
    tree.run("account", "rotate-key", "ca", "--force", "--key-type", "rsa-2048")
    tree.certificate("api", "2.example.com")
    tree.run("apply")
    assert_no_key_in_clear(tree)

    monkeypatch.setenv("PASSWORD", "12345678")
    file = tree.root / "www.p12"
    tree.run(
        "certificate", "fetch", "www", "--format", "pkcs12", "--password-env", "PASSWORD", "-o", str(file)
    )
    assert load_key_and_certificates(file.read_bytes(), b"12345678")[0] is not None
    (tree.root / "certs/api/cert.pem").unlink()
    tree.run("apply")
    tree.verify("api")

    shown = tree.json("certificate", "show", "www")
    by_key = ("--reason", "key_compromise", "--by-certificate-key")
    assert tree.json("order", "revoke", shown["order_id"], *by_key)["reason"] == "key_compromise"
    tree.run("account", "deactivate", "ca", "--force")
    assert_no_key_in_clear(tree)
    assert list((tree.root / "state/archive/accounts/ca").rglob("key-2.pem.age"))


def test_an_existing_state_is_encrypted_and_recipients_come_and_go(tree: Tree, identity: Path) -> None:
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    tree.let_renewal_come("www")
    tree.run("apply")
    encrypt_for(tree, identity, A)
    assert "encrypt 3 private keys" in tree.run("plan", "--detailed-exitcode", code=2)
    tree.run("apply")
    assert_no_key_in_clear(tree)
    assert "No changes" in tree.run("plan", "--detailed-exitcode")
    encrypt_for(tree, identity, A, B)
    assert f"+ {B.recipient}" in tree.run("plan")
    tree.run("apply")
    encrypt_for(tree, identity, B)
    said = tree.run("plan")
    assert f"- {A.recipient}" in said
    assert "rotate" in said
    tree.run("apply")
    identity.write_text(A.identity)
    tree.certificate("api", "2.example.com")
    assert "none of those it is for" in tree.run("apply", code=4)
    identity.write_text(B.identity)
    tree.run("apply")
    tree.verify("api")
    assert_no_key_in_clear(tree)
    encrypt_for(tree, identity, by=B)
    assert "DECRYPT 4 private keys" in tree.run("plan")
    assert "no identity" in tree.run("apply", code=4)
    os.environ["RECONCILER_AGE_IDENTITY_FILE"] = str(identity)
    try:
        tree.run("apply")
    finally:
        del os.environ["RECONCILER_AGE_IDENTITY_FILE"]
    assert not list(tree.root.rglob("*.age"))
    tree.let_renewal_come("www")
    tree.run("apply")
    tree.verify("www")


def test_an_imported_account_is_encrypted(tree: Tree, identity: Path, tmp_path: Path) -> None:
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    other = Tree(tmp_path / "other", tree.ca)
    encrypt_for(other, identity, A)
    key_file = tree.root / "state/accounts/ca/key-0.pem"
    other.run("account", "import", "ca", "--key-file", str(key_file))
    other.certificate("api", "2.example.com")
    other.run("apply")
    other.verify("api")
    assert_no_key_in_clear(other)


def test_no_key_and_no_identity_is_ever_shown(
    tree: Tree, identity: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is any handed to a program: not as an argument, not in its environment."""
    monkeypatch.setenv("RECONCILER_AGE_IDENTITY", A.identity)
    monkeypatch.setenv("OTHER_IDENTITY", f"# mine\n{B.identity}")
    seen = tmp_path / "seen"
    program = tmp_path / "publish"
    program.write_text(f'#!/bin/sh\n{{ echo "$@"; env; tr "\\0" " " < /proc/$PPID/cmdline; }} >> {seen}\n')
    program.chmod(0o755)
    tree.write(
        "reconciler.yaml",
        f"encryption: {{recipients: [{A.recipient}], identity: {{env: OTHER_IDENTITY}}}}\n"
        f"challenges: {{http-01: {{exec: ['{program}']}}}}",
    )
    tree.certificate("www", "1.example.com")
    said = tree.run_verbose("apply")
    tree.let_renewal_come("www")
    for arguments in (("apply",), ("plan",), ("status",), ("certificate", "show", "www")):
        said += tree.run(*arguments)
        said += tree.run(*arguments, "--format", "json")
    identity.write_text("")
    monkeypatch.setenv("RECONCILER_AGE_IDENTITY", B.identity)
    tree.certificate("api", "2.example.com")
    command = tree.command("apply")
    command.insert(3, "-v")
    failed = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert failed.returncode == 4
    said += failed.stdout + failed.stderr + seen.read_text()
    assert "present" in seen.read_text()
    key = (tree.root / "certs/www/privkey.pem").read_text().splitlines()[1]
    for secret in (A.identity, B.identity, key):
        assert secret not in said
    for path in (tree.root / "state").rglob("*"):
        if path.is_file():
            assert A.identity.encode() not in path.read_bytes()
            assert key.encode() not in path.read_bytes()
