"""Lines with SSH keys: which prove who has signed, and which are refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.tree.signing_keys import parse_signing_key
from reconciler.tree.ssh_blob import UnusableKeyError
from tests.unit.tree.keys import ECDSA, ECDSA_FINGERPRINT, ED25519, ED25519_FINGERPRINT, key, rsa

POINT = b"\x04" + bytes(64)


@pytest.mark.parametrize(
    ("line", "fingerprint"), [(ED25519, ED25519_FINGERPRINT), (ECDSA, ECDSA_FINGERPRINT)]
)
def test_fingerprints_are_those_of_ssh_keygen(line: str, fingerprint: str) -> None:
    assert parse_signing_key(line).fingerprint == fingerprint


@pytest.mark.parametrize(
    "line",
    [
        ED25519,
        f"{ED25519} alice@example.com",
        f"{ED25519} a comment of words, and ssh-rsa in it",
        f"  {ED25519}\t\n",
        f"alice@example.com {ED25519}",
        f"alice@example.com,*@example.org {ED25519} comment",
        f'"alice@example.com,bob" {ED25519}',
        f'namespaces="git" {ED25519}',
        f'alice@example.com namespaces="git" {ED25519}',
        f'alice@example.com NAMESPACES="file,git" {ED25519}',
        f'alice@example.com namespaces="g*" {ED25519}',
        f'alice@example.com namespaces="g?t" {ED25519}',
        f'alice@example.com namespaces="!file,*" {ED25519}',
    ],
)
def test_forms_of_one_key(line: str) -> None:
    signing_key = parse_signing_key(line)
    assert (signing_key.public_key, signing_key.fingerprint) == (ED25519, ED25519_FINGERPRINT)
    assert (signing_key.valid_after, signing_key.valid_before) == (None, None)


@pytest.mark.parametrize(
    "line",
    [
        rsa(2048),
        rsa(4096),
        key("ecdsa-sha2-nistp256", b"nistp256", POINT),
        key("ecdsa-sha2-nistp521", b"nistp521", b"\x04" + bytes(132)),
        key("sk-ssh-ed25519@openssh.com", bytes(32), b"ssh:"),
        key("sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", POINT, b"ssh:"),
    ],
)
def test_types_of_keys(line: str) -> None:
    assert parse_signing_key(line).public_key == line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20260102", datetime(2026, 1, 2, tzinfo=UTC)),
        ("20260102Z", datetime(2026, 1, 2, tzinfo=UTC)),
        ("202601020304", datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
        ("20260102030405Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ],
)
def test_times_are_utc(text: str, expected: datetime) -> None:
    assert parse_signing_key(f'valid-after="{text}" {ED25519}').valid_after == expected
    both = parse_signing_key(f'a namespaces="git",valid-after="20200101",valid-before="{text}" {ED25519}')
    assert (both.valid_after, both.valid_before) == (datetime(2020, 1, 1, tzinfo=UTC), expected)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "no type of key"),
        ("alice@example.com", "no type of key"),
        ("AAAAC3NzaC1lZDI1NTE5AAAAIKE8BNyHB57msrY", "no type of key"),
        (f"{ED25519}\n{ECDSA}", "more than one line"),
        (f"a b c {ED25519}", "3 words"),
        ("ssh-ed25519", "the key itself"),
        ("ssh-ed25519 ???", "the key itself"),
        ("ssh-ed25519 AAAA=AAA", "the key itself"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKE8", "no whole `ssh-ed25519` key"),
        ("ssh-ed25519 AAAA", "no whole `ssh-ed25519` key"),
        (key("ssh-ed25519", bytes(31)), "no whole"),
        (key("ssh-ed25519", bytes(32), b"more"), "no whole"),
        (key("ecdsa-sha2-nistp256", b"nistp384", POINT), "no whole"),
        (key("ecdsa-sha2-nistp256", b"", POINT), "no whole"),
        (key("sk-ssh-ed25519@openssh.com", bytes(32)), "no whole"),
        (key("ssh-ed25519", bytes(32), inner="ssh-rsa"), "one of the type `ssh-rsa`"),
        (key("ssh-rsa", b"\x03", bytes(257), inner="ssh-ed25519"), "one of the type `ssh-ed25519`"),
        (rsa(1024), "1024 bits can be broken"),
        (rsa(2040), "2040 bits can be broken"),
        (key("ssh-rsa", b"\x03", b"\x00"), "0 bits can be broken"),
        (key("ssh-dss", bytes(128)), "DSA keys"),
        (key("ssh-ed448", bytes(57)), "no type of key that signs commits"),
        (key("ssh-ed25519-cert-v01@openssh.com", bytes(32)), "is a certificate"),
        (key("sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", bytes(32)), "is a certificate"),
        (f"* cert-authority {ED25519}", "`cert-authority` would let"),
        (f"cert-authority {ED25519}", "`cert-authority` would let"),
        (f'* namespaces="git",Cert-Authority {ED25519}', "`cert-authority` would let"),
        (f'* no-pty="x" {ED25519}', "unknown option `no-pty`"),
        (f"* restrict {ED25519}", "unknown option `restrict`"),
        (f'* namespace="git" {ED25519}', "unknown option `namespace`"),
        (f'* namespaces="file" {ED25519}', "do not include `git`"),
        (f'* namespaces="" {ED25519}', "do not include `git`"),
        (f'* namespaces="*,!git" {ED25519}', "do not include `git`"),
        (f'* namespaces="!git,*" {ED25519}', "do not include `git`"),
        (f'* namespaces="[g]it" {ED25519}', "do not include `git`"),
        (f'* namespaces="git",namespaces="git" {ED25519}', "given twice"),
        (f"* namespaces=git {ED25519}", "not well formed"),
        (f"* namespaces {ED25519}", "needs a value"),
        (f'* namespaces="git"x {ED25519}', "not well formed"),
        (f'* valid-after="2026-01-02" {ED25519}', "`valid-after` is no time"),
        (f'* valid-before="20261302" {ED25519}', "`valid-before` is no time"),
        (f'* valid-before="20260102030" {ED25519}', "`valid-before` is no time"),
        (f'* valid-before="" {ED25519}', "`valid-before` is no time"),
        (f'* valid-after="20260102",valid-before="20260102" {ED25519}', "never valid"),
        ("-----BEGIN OPENSSH PRIVATE KEY----- S3CR3T", "private key"),
        ("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAS3CR3T", "private key"),
    ],
)
def test_keys_that_are_refused(line: str, told: str) -> None:
    with pytest.raises(UnusableKeyError) as raised:
        parse_signing_key(line)
    assert told in str(raised.value)
    assert "S3CR3T" not in f"{raised.value} {raised.value.hint}"


def test_a_missing_quotation_mark_does_not_lose_an_option() -> None:
    for prefix in (
        'valid-before="20200101 ',
        'a valid-before="20200101 ',
        'valid-before=" ',
        'a namespaces="x ',
    ):
        with pytest.raises(UnusableKeyError):
            parse_signing_key(prefix + ED25519)


def test_many_stars_do_not_take_long() -> None:
    with pytest.raises(UnusableKeyError, match="git"):
        parse_signing_key(f'a namespaces="{"*?" * 5000}" {ED25519}')


def test_hints_are_near() -> None:
    with pytest.raises(UnusableKeyError) as raised:
        parse_signing_key(f'* valid_before="20260102" {ED25519}')
    assert raised.value.hint == "did you mean `valid-before`?"
    with pytest.raises(UnusableKeyError) as raised:
        parse_signing_key("ssh-ed22519 AAAA")
    assert raised.value.hint == "did you mean `ssh-ed25519`?"
