"""What Git says of signatures, and what an attacker could make it say."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.provenance.outcomes import requesters

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram
    from tests.provenance.git_tree import GitTree, Person


@pytest.fixture
def gpg_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "g"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    return home


def _gpg(*arguments: str, text: str | None = None) -> str:
    command = [
        "gpg",
        "--batch",
        "--no-tty",
        "--quiet",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True, input=text).stdout


def _gpg_key(name: str, expires: str = "never") -> str:
    _gpg("--quick-generate-key", f"{name} <{name}@example.com>", "ed25519", "sign", expires)
    listed = _gpg("--with-colons", "--list-keys", f"{name}@example.com")
    return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))


def _commit_with_gpg(tree: GitTree, fingerprint: str) -> str:
    tree.git("add", "--all")
    tree.git("-c", f"user.signingkey={fingerprint}", "commit", "--quiet", "-m", "signed", "--gpg-sign")
    return tree.head


@pytest.mark.usefixtures("gpg_home")
def test_a_gpg_key_proves_as_much_as_an_ssh_key(tree: GitTree, program: RunProgram) -> None:
    carol, dave = _gpg_key("carol"), _gpg_key("dave")
    tree.write("identities/carol.yaml", f"id: id-carol\ngpg_fingerprints: [{carol}]\n")
    tree.commit()
    tree.publish()
    tree.request("carols", "carol.users.example.com")
    _commit_with_gpg(tree, carol)
    tree.request("daves", "dave.users.example.com")
    _commit_with_gpg(tree, dave)
    found = requesters(program)
    assert found["carols"] == "carol"
    assert f"the key {dave}, which is no identity's" in found["daves"]


def test_a_gpg_key_that_is_not_in_the_keyring(
    tree: GitTree, program: RunProgram, gpg_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carol = _gpg_key("carol")
    public = _gpg("--armor", "--export", carol)
    tree.write("identities/carol.yaml", f"id: id-carol\ngpg_fingerprints: [{carol}]\n")
    tree.commit()
    tree.publish()
    tree.request("carols", "carol.users.example.com")
    _commit_with_gpg(tree, carol)
    elsewhere = gpg_home.parent / "e"
    elsewhere.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(elsewhere))
    found = requesters(program)["carols"]
    assert "is not in the keyring here" in found
    assert "gpg --import" in found
    _gpg("--import", text=public)
    assert requesters(program) == {"carols": "carol"}


@pytest.mark.usefixtures("gpg_home")
def test_a_signing_subkey_speaks_for_its_primary_key(tree: GitTree, program: RunProgram) -> None:
    carol = _gpg_key("carol")
    _gpg("--quick-add-key", carol, "ed25519", "sign", "never")
    listed = _gpg("--with-colons", "--list-keys", carol).splitlines()
    subkey = [line.split(":")[9] for line in listed if line.startswith("fpr:")][1]
    assert subkey != carol
    tree.write("identities/carol.yaml", f"id: id-carol\ngpg_fingerprints: [{carol}]\n")
    tree.commit()
    tree.publish()
    tree.request("carols", "carol.users.example.com")
    _commit_with_gpg(tree, f"{subkey}!")
    assert requesters(program) == {"carols": "carol"}


@pytest.mark.usefixtures("gpg_home")
def test_an_expired_gpg_key_proves_nothing(tree: GitTree, program: RunProgram) -> None:
    carol = _gpg_key("carol")
    tree.write("identities/carol.yaml", f"id: id-carol\ngpg_fingerprints: [{carol}]\n")
    tree.commit()
    tree.publish()
    tree.request("carols", "carol.users.example.com")
    _commit_with_gpg(tree, carol)
    # One second: over when the plan is made.
    _gpg("--quick-set-expire", carol, "seconds=1")
    subprocess.run(["sleep", "2"], check=True)
    assert "has expired" in requesters(program)["carols"]


@pytest.mark.usefixtures("gpg_home")
def test_a_revoked_gpg_key_proves_nothing(tree: GitTree, program: RunProgram, gpg_home: Path) -> None:
    carol = _gpg_key("carol")
    tree.write("identities/carol.yaml", f"id: id-carol\ngpg_fingerprints: [{carol}]\n")
    tree.commit()
    tree.publish()
    tree.request("carols", "carol.users.example.com")
    _commit_with_gpg(tree, carol)
    certificate = (
        (gpg_home / "openpgp-revocs.d" / f"{carol}.rev").read_text().replace(":-----BEGIN", "-----BEGIN")
    )
    _gpg("--import", text=certificate)
    assert "was revoked" in requesters(program)["carols"]


def test_replaced_objects_are_not_looked_at(tree: GitTree, alice: Person, program: RunProgram) -> None:
    tree.request("mine", "alice.users.example.com")
    unsigned = tree.commit()
    signed = tree.git(
        *("-c", "gpg.format=ssh", "-c", f"user.signingkey={alice.key_file}"),
        *("commit-tree", "-S", "HEAD^{tree}", "-p", "HEAD^", "-m", "signed"),
    )
    tree.git("replace", unsigned, signed)
    assert "is not signed" in requesters(program)["mine"]


def test_the_configuration_of_the_repository_names_no_program(
    tree: GitTree, mallory: Person, program: RunProgram
) -> None:
    liar = tree.root.parent / "liar"
    liar.write_text(
        "#!/bin/sh\ntouch ran\necho 'Good \"git\" signature for signer with ED25519 key SHA256:x'\n"
    )
    liar.chmod(0o755)
    tree.request("mine", "alice.users.example.com")
    tree.commit(mallory)
    for name in (
        "gpg.program",
        "gpg.ssh.program",
        "gpg.openpgp.program",
        "gpg.x509.program",
        "core.fsmonitor",
    ):
        tree.git("config", name, str(liar))
    assert "is no identity's" in requesters(program)["mine"]
    assert not (tree.root / "ran").exists()


def test_a_signature_of_another_kind_proves_nothing(tree: GitTree, program: RunProgram) -> None:
    tree.request("mine", "alice.users.example.com")
    unsigned = tree.commit()
    headers, _, message = tree.git("cat-file", "commit", unsigned).partition("\n\n")
    armor = "gpgsig -----BEGIN SIGNED MESSAGE-----\n AAAA\n -----END SIGNED MESSAGE-----"
    (tree.root / ".git/forged").write_text(f"{headers}\n{armor}\n\n{message}\n")
    commit = tree.git("hash-object", "-t", "commit", "-w", str(tree.root / ".git/forged"))
    tree.git("reset", "--quiet", "--hard", commit)
    assert "is not signed by one SSH or GPG key" in requesters(program)["mine"]


def test_a_key_of_another_identity_format_is_refused_by_its_namespace(
    tree: GitTree, alice: Person, program: RunProgram
) -> None:
    """A signature made for files (ssh-keygen -Y sign -n file) is none of a commit."""
    tree.request("mine", "alice.users.example.com")
    unsigned = tree.commit()
    payload = tree.root / ".git/payload"
    raw = subprocess.run(
        ["git", "-C", str(tree.root), "cat-file", "commit", unsigned], capture_output=True, check=True
    ).stdout
    payload.write_bytes(raw)
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", str(alice.key_file), str(payload)],
        check=True,
        capture_output=True,
    )
    armor = payload.with_suffix(".sig").read_text().strip().replace("\n", "\n ")
    headers, _, message = raw.decode().partition("\n\n")
    (tree.root / ".git/forged").write_text(f"{headers}\ngpgsig {armor}\n\n{message}")
    commit = tree.git("hash-object", "-t", "commit", "-w", str(tree.root / ".git/forged"))
    tree.git("reset", "--quiet", "--hard", commit)
    assert "a signature that is not good" in requesters(program)["mine"]
