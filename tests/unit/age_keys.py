"""Identities to encrypt for, made anew in each run."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyrage

from reconciler.store.age import AgeCipher, IdentityText
from reconciler.tree.age_recipients import parse_recipient


@dataclass(frozen=True)
class Pair:
    """A secret key, and who it belongs to: as a recipient of the settings."""

    identity: str
    recipient: str


@cache
def age_pair(number: int = 0) -> Pair:
    identity = pyrage.x25519.Identity.generate()
    return Pair(str(identity), str(identity.to_public()))


@cache
def ssh_pair(*options: str, passphrase: str = "") -> Pair:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "key"
        command = ["ssh-keygen", "-q", *options, "-N", passphrase, "-f", str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return Pair(path.read_text(), parse_recipient(path.with_suffix(".pub").read_text()))


ED25519 = ("-t", "ed25519")
RSA = ("-t", "rsa", "-b", "2048")
RSA_PEM = (*RSA, "-m", "PEM")


def cipher(*recipients: Pair, identity: Pair | None = None) -> AgeCipher:
    """A cipher as the settings make one; None has the identity of the first recipient."""
    own = identity or recipients[0]
    return AgeCipher(
        tuple(each.recipient for each in recipients), lambda: IdentityText(own.identity, "a test")
    )
