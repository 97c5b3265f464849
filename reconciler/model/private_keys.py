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
    if not _may_hold_private_key(text):
        return None
    match = _BEGIN.search(text)
    return None if match is None else match.start()


def _may_hold_private_key(text: str) -> bool:
    # One of these is in each of them, and nearly no text has one: to look for it takes a tenth of the time.
    return (
        "PRIVATE KEY" in text
        or "b3BlbnNzaC1rZXktdjE" in text
        or "PuTTY-User-Key-File" in text
        or "age-secret-key-" in text.casefold()
    )
