"""Private keys that were pasted where none belongs: how they begin."""

from __future__ import annotations

import re

# PEM, SSH2, OpenSSH where only its base64 was pasted, PuTTY, age.
_BEGIN = re.compile(
    r"-{4,5} ?BEGIN [A-Z0-9 ]{0,60}PRIVATE KEY|b3BlbnNzaC1rZXktdjE|PuTTY-User-Key-File|(?i:AGE-SECRET-KEY-)"
)

IDENTITY_VARIABLE = "RECONCILER_AGE_IDENTITY"
"""The environment variable that holds the key which private keys in the state are decrypted with."""

_AGE_KEY = "AGE-SECRET-KEY-"


def is_identity(variable: str, value: str) -> bool:
    """Say whether an environment variable decrypts the keys in the state: that is for no other program."""
    return variable == IDENTITY_VARIABLE or _AGE_KEY in value.upper()


def find_private_key(text: str) -> int | None:
    """Return where in a text a private key begins; None if it holds none."""
    match = _BEGIN.search(text)
    return None if match is None else match.start()
