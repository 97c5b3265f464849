"""`ssh_keys` of an identity: one line of a .pub file, or of an allowed signers file (ssh-keygen(1))."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime

from reconciler.model.identity import SigningKey
from reconciler.tree.private_keys import HINT, MESSAGE, holds_private_key
from reconciler.tree.ssh_blob import KEY_TYPES, UnusableKeyError, check_blob, fingerprint_of
from reconciler.tree.suggest import did_you_mean, listed

_FIELD = re.compile(r'(?:[^\s"]|"[^"]*")+')
_OPTION = re.compile(r'(?P<name>[^\s",=]+)(?:="(?P<value>[^"]*)")?(?:,|\Z)')
_TIME = re.compile(r"(?P<day>[0-9]{8})(?P<minutes>[0-9]{4}(?:[0-9]{2})?)?Z?")
_OPTIONS = ("namespaces", "valid-after", "valid-before", "cert-authority")
_NAMESPACE = "git"
_WHOLE_LINE = "copy the whole line of the .pub file: its type, the key, and perhaps a comment"


def parse_signing_key(line: str) -> SigningKey:
    """Return the key in a line `[PRINCIPALS] [OPTIONS] TYPE BASE64 [COMMENT]`; principals mean nothing here.

    Raises:
        UnusableKeyError: when it is none that could prove who has signed a commit.
    """
    if holds_private_key(line):
        raise UnusableKeyError(MESSAGE, HINT)
    if "\n" in line.strip():
        raise UnusableKeyError("more than one line", "one item of the list is one key")
    fields = _FIELD.findall(line)
    at = next((place for place, field in enumerate(fields) if _is_key_type(field)), None)
    if at is None:
        raise UnusableKeyError("there is no type of key in this line", _WHOLE_LINE)
    after, before = _validity(fields[:at])
    blob = _blob(fields[at], fields[at + 1] if len(fields) > at + 1 else "")
    public_key = f"{fields[at]} {base64.b64encode(blob).decode()}"
    return SigningKey(public_key, fingerprint_of(blob), after, before)


def _is_key_type(field: str) -> bool:
    return re.fullmatch(r"(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+", field) is not None


def _blob(key_type: str, text: str) -> bytes:
    if "-cert-v01@" in key_type:
        raise UnusableKeyError(
            f"`{key_type}` is a certificate; its authority could make others that speak for this identity",
            "give the key itself",
        )
    if key_type == "ssh-dss":
        raise UnusableKeyError("DSA keys (`ssh-dss`) can be broken", "make another: ssh-keygen -t ed25519")
    if key_type not in KEY_TYPES:
        hint = did_you_mean(key_type, KEY_TYPES) or "make another: ssh-keygen -t ed25519"
        raise UnusableKeyError(f"`{key_type[:60]}` is no type of key that signs commits", hint)
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    if not blob:
        raise UnusableKeyError(f"after `{key_type}` the key itself (base64) is wanted", _WHOLE_LINE)
    check_blob(key_type, blob)
    return blob


def _validity(fields: list[str]) -> tuple[datetime | None, datetime | None]:
    """Return the times of `valid-after` and `valid-before` in what stands before a key."""
    if len(fields) > 2:
        raise UnusableKeyError(
            f"{len(fields)} words stand before the type of the key; principals and options are two",
            "options are separated by commas, without spaces",
        )
    given = _options(fields[-1]) if len(fields) == 2 or (fields and _looks_like_options(fields[0])) else {}
    if not _covers_git(given.get("namespaces")):
        raise UnusableKeyError(
            "the key can sign no commits: its `namespaces` do not include `git`",
            'write namespaces="git", or remove the option',
        )
    after, before = (
        _time(name, given[name]) if name in given else None for name in ("valid-after", "valid-before")
    )
    if after is not None and before is not None and after >= before:
        raise UnusableKeyError("the key is never valid: `valid-after` is not before `valid-before`")
    return after, before


def _looks_like_options(field: str) -> bool:
    return "=" in field or "cert-authority" in field.lower().split(",")


def _options(field: str) -> dict[str, str]:
    """Return the options of a key by their names, in lower case."""
    options: dict[str, str] = {}
    end = 0
    while end < len(field):
        match = _OPTION.match(field, end)
        if match is None:
            raise UnusableKeyError(
                "the options of the key are not well formed",
                'write NAME="VALUE",NAME="VALUE"',
            )
        name, value = match["name"].lower(), match["value"]
        if name == "cert-authority":
            raise UnusableKeyError(
                "`cert-authority` would let whoever that authority certifies speak for this identity",
                "give the keys themselves",
            )
        if name not in _OPTIONS:
            hint = did_you_mean(name, _OPTIONS[:3]) or f"there are: {listed(_OPTIONS[:3])}"
            raise UnusableKeyError(f"unknown option `{name[:60]}`", hint)
        if value is None:
            raise UnusableKeyError(f"the option `{name}` needs a value", f'write {name}="VALUE"')
        if name in options:
            raise UnusableKeyError(f"the option `{name}` is given twice", "remove one of the two")
        options[name] = value
        end = match.end()
    return options


def _covers_git(patterns: str | None) -> bool:
    """Whether a pattern list (ssh_config(5), PATTERNS) matches the namespace of commits."""
    if patterns is None:
        return True
    matched = False
    for pattern in patterns.split(","):
        # Several stars in a row are one; the search would take long over many.
        wanted = re.escape(re.sub(r"\*+", "*", pattern.removeprefix("!")))
        if re.fullmatch(wanted.replace(r"\*", ".*").replace(r"\?", "."), _NAMESPACE):
            if pattern.startswith("!"):
                return False
            matched = True
    return matched


def _time(name: str, text: str) -> datetime:
    match = _TIME.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        digits = match["day"] + (match["minutes"] or "").ljust(6, "0")
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise UnusableKeyError(
            f"`{name}` is no time: YYYYMMDD, with HHMM or HHMMSS if wanted",
            f'write {name}="20271231Z"',
        ) from None
