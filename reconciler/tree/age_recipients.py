"""Whom age encrypts for: its own keys, and SSH keys (https://age-encryption.org/v1, C2SP age.md)."""

from __future__ import annotations

import base64
import binascii

from reconciler.tree.ssh_blob import UnusableKeyError, check_blob, rsa_bits

_CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_LENGTH = len("age1") + 52 + 6  # 32 bytes in groups of 5 bits, and the checksum
_MOST_RSA_BITS = 4096
_SSH = ("ssh-ed25519", "ssh-rsa")
_NEWER = ("age1pq1", "age1tag1", "age1tagpq1")
_WANTED = "give an `age1...` key, or the line of an `ssh-ed25519` or `ssh-rsa` .pub file"
_WHOLE = "copy it whole; `age-keygen -y FILE` shows it"
_WHOLE_LINE = "copy the whole line of the .pub file"


def parse_recipient(text: str) -> str:
    """Return the one form of a recipient: `age1...` in lower case, of an SSH key its type and base64.

    Raises:
        UnusableKeyError: when nothing can be encrypted for it; says why.
    """
    if "\n" in text.strip():
        raise UnusableKeyError("more than one line", "one item of the list is one recipient")
    kind, rest = (*text.split(None, 1), "", "")[:2]
    if kind.lower().startswith("age"):
        return _age(text.strip())
    if kind in _SSH:
        return _ssh(kind, rest)
    if kind.startswith(("ssh-", "ecdsa-", "sk-")):
        raise UnusableKeyError(f"nothing can be encrypted for an SSH key of the type `{kind[:60]}`", _WANTED)
    raise UnusableKeyError(f"`{text[:40]}` is no recipient", _WANTED)


def _age(text: str) -> str:
    lower = text.lower()
    prefix, one, data = lower.rpartition("1")
    if lower.startswith(_NEWER):
        raise UnusableKeyError(
            "this is a key of a newer kind (post-quantum, or tagged), which this program cannot encrypt for",
            _WANTED,
        )
    if prefix.startswith("age1") or (one and prefix != "age"):
        raise UnusableKeyError(
            f"`{prefix[:30]}1...` is for a plugin of age, and no program is run to encrypt a key", _WANTED
        )
    one_case = text in (lower, text.upper())
    if not one_case or len(lower) != _LENGTH or not _is_bech32(prefix, data):
        raise UnusableKeyError(f"`{text[:16]}...` is not whole: its length or its checksum is wrong", _WHOLE)
    return lower


def _is_bech32(prefix: str, data: str) -> bool:
    """Say whether the checksum of a Bech32 text is right (BIP 173)."""
    if not set(data) <= set(_CHARACTERS):
        return False
    numbers = [ord(each) >> 5 for each in prefix] + [0] + [ord(each) & 31 for each in prefix]
    numbers += [_CHARACTERS.index(each) for each in data]
    check = 1
    for number in numbers:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ number
        for bit, generator in enumerate(_GENERATORS):
            check ^= generator if top >> bit & 1 else 0
    # 52 groups of 5 bits are 4 bits more than 32 bytes have; those are zero.
    return check == 1 and _CHARACTERS.index(data[-7]) & 0b1111 == 0


def _ssh(kind: str, rest: str) -> str:
    try:
        blob = base64.b64decode(rest.split()[0] if rest.split() else "", validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    if not blob:
        raise UnusableKeyError(f"after `{kind}` the key itself (base64) is wanted", _WHOLE_LINE)
    check_blob(kind, blob)
    bits = rsa_bits(blob) if kind == "ssh-rsa" else 0
    if bits > _MOST_RSA_BITS:
        raise UnusableKeyError(
            f"an RSA key of {bits} bits is more than age takes; {_MOST_RSA_BITS} are the most",
            "make another: age-keygen, or ssh-keygen -t ed25519",
        )
    return f"{kind} {base64.b64encode(blob).decode('ascii')}"
