"""Signed commits, and the keys that have signed them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks.measure import MeasurementError
from benchmarks.repository import git

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PERSON = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
_SIGNERS = 5


@dataclass(frozen=True, slots=True)
class SignedCommits:
    """A repository of signed commits.

    Attributes:
        fingerprints: of the key that has signed it, by commit.
        public_keys: of all who may sign; most of them have signed nothing.
    """

    root: Path
    fingerprints: Mapping[str, str]
    public_keys: Sequence[str]


def write_signed_commits(root: Path, commits: int, keys: int) -> SignedCommits:
    """Make a repository of commits with SSH signatures, by a few of so many keys in turn.

    Raises:
        MeasurementError: Git or OpenSSH failed, or is not there.
    """
    if shutil.which("ssh-keygen") is None:
        raise MeasurementError("ssh-keygen is not installed: apt-get install openssh-client (Debian, Ubuntu)")
    git(root, "init", "--quiet", "--initial-branch=main")
    tree = git(root, "write-tree")
    signers = [_make_key(root / f"key-{number}") for number in range(min(_SIGNERS, keys))]
    fingerprints: dict[str, str] = {}
    parent: list[str] = []
    for number in range(commits):
        file, fingerprint = signers[number % len(signers)]
        settings = (*_PERSON, "-c", "gpg.format=ssh", "-c", f"user.signingKey={file}")
        commit = git(root, *settings, "commit-tree", "-S", "-m", f"change {number}", *parent, tree)
        fingerprints[commit] = fingerprint
        parent = ["-p", commit]
    others = [_public_key(Ed25519PrivateKey.generate()) for _ in range(keys - len(signers))]
    ours = [" ".join(file.with_suffix(".pub").read_text().split(" ")[:2]) for file, _ in signers]
    return SignedCommits(root, fingerprints, sorted(ours + others))


def _make_key(file: Path) -> tuple[Path, str]:
    """Make a key; return its file, and its fingerprint."""
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "somebody", "-f", str(file)]
    shown = ["ssh-keygen", "-l", "-f", str(file)]
    subprocess.run(made, capture_output=True, check=True)
    return file, subprocess.run(shown, capture_output=True, text=True, check=True).stdout.split(" ")[1]


def _public_key(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")
