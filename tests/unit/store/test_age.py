from __future__ import annotations

import os
import random
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import pyrage
import pytest

from reconciler.engine.secrets import IDENTITY_FILE, find_identity
from reconciler.errors import EncryptionError, SecretError
from reconciler.model.account import SecretReference
from reconciler.model.private_keys import IDENTITY_VARIABLE
from reconciler.store.age import AgeCipher, IdentityText, read_identities
from tests.unit.age_keys import ED25519, RSA, RSA_PEM, Pair, age_pair, cipher, ssh_pair

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"
PAIRS: dict[str, Callable[[], Pair]] = {
    "x25519": age_pair,
    "ed25519": lambda: ssh_pair(*ED25519),
    "rsa": lambda: ssh_pair(*RSA),
    "rsa as PEM": lambda: ssh_pair(*RSA_PEM),
}


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> Pair:
    return PAIRS[request.param]()


def test_what_is_encrypted_can_be_read_again(pair: Pair) -> None:
    encrypted = cipher(pair).encrypt(KEY)
    assert encrypted.startswith(b"age-encryption.org/v1\n")
    assert b"PRIVATE" not in encrypted
    assert cipher(pair).decrypt(encrypted) == KEY


def test_every_recipient_can_read_it(pair: Pair) -> None:
    other = age_pair(1)
    encrypted = cipher(other, pair).encrypt(KEY)
    assert cipher(pair).decrypt(encrypted) == KEY
    assert cipher(other).decrypt(encrypted) == KEY


def test_nobody_else_can(pair: Pair) -> None:
    encrypted = cipher(pair).encrypt(KEY)
    with pytest.raises(EncryptionError, match="the identity in a test is none of those it is for"):
        cipher(age_pair(2)).decrypt(encrypted)


def test_nothing_is_encrypted_that_this_program_could_not_read(pair: Pair) -> None:
    with pytest.raises(EncryptionError, match="could not be read again; add the identity's own public key"):
        cipher(pair, identity=age_pair(2)).encrypt(KEY)


def test_an_identity_file_has_comments_and_several_keys(pair: Pair) -> None:
    text = f"# created: today\r\n\n# public key: x\n{age_pair(3).identity}\n{age_pair(4).identity.lower()}\n"
    found = IdentityText(text, "a file")
    assert len(read_identities(found)) == 2
    several = AgeCipher((age_pair(4).recipient, pair.recipient), lambda: found)
    assert several.decrypt(several.encrypt(KEY)) == KEY


MARK = "s3cr3t-m4rk"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no key"),
        ("# only a comment", "there is no key"),
        (f"# one\n{MARK}", "line 2 of the identity in a file is no `AGE-SECRET-KEY-1...`, nor a comment"),
        (f"AGE-SECRET-KEY-1{MARK}", "line 1 of the identity in a file is not whole"),
        (f"age-encryption.org/v1\n{MARK}", "is encrypted itself"),
        (f"-----BEGIN AGE ENCRYPTED FILE-----\n{MARK}", "is encrypted itself"),
        (f"-----BEGIN OPENSSH PRIVATE KEY-----\n{MARK}\n-----END OPENSSH PRIVATE KEY-----", "cannot be used"),
        ("AGE-PLUGIN-YUBIKEY-1QQQQ", "line 1"),
    ],
)
def test_an_identity_that_is_none_is_not_shown(text: str, said: str) -> None:
    with pytest.raises(EncryptionError, match=said) as caught:
        read_identities(IdentityText(text, "a file"))
    assert MARK not in f"{caught.value} {caught.getrepr()}"
    assert MARK not in repr(IdentityText(text, "a file"))


@pytest.mark.parametrize("options", [ED25519, RSA, RSA_PEM])
def test_a_passphrase_is_not_asked_for(options: tuple[str, ...]) -> None:
    locked = ssh_pair(*options, passphrase="12345")
    with pytest.raises(EncryptionError, match=r"has a passphrase, .* give a copy without one"):
        read_identities(IdentityText(locked.identity, "a file"))


def test_a_kind_of_ssh_key_that_age_does_not_know() -> None:
    with pytest.raises(EncryptionError, match="of the type ed25519 or rsa is wanted"):
        read_identities(IdentityText(_ecdsa(), "a file"))


def _ecdsa() -> str:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def _outcome(act: Callable[[], object]) -> object:
    try:
        return act()
    except EncryptionError as error:
        return str(error)


def test_damaged_files_are_errors_that_say_so() -> None:
    own, draw = age_pair(), random.Random(1)
    encrypted = cipher(own).encrypt(KEY)
    for _ in range(500):
        damaged = bytearray(encrypted)
        damaged[draw.randrange(len(damaged))] ^= draw.randrange(1, 256)
        assert _outcome(partial(cipher(own).decrypt, bytes(damaged))) in (
            KEY,  # where a line was damaged that means nothing
            "it is no whole age file: damaged, or cut off",
            "the identity in a test is none of those it is for",
        )
    for length in range(0, len(encrypted), 7):
        with pytest.raises(EncryptionError, match="damaged, or cut off"):
            cipher(own).decrypt(encrypted[:length])


@pytest.mark.parametrize("options", [ED25519, RSA])
def test_damaged_ssh_keys_never_end_the_program(
    options: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    text, draw = ssh_pair(*options).identity, random.Random(2)
    for _ in range(2000):
        damaged = list(text)
        for _ in range(draw.randrange(1, 5)):
            damaged[draw.randrange(len(damaged))] = draw.choice("ABCabc=+/\n019")
        outcome = _outcome(partial(read_identities, IdentityText("".join(damaged), "a file")))
        assert isinstance(outcome, list) or "a file" in str(outcome)
    capfd.readouterr()  # what Rust says of a panic


def test_the_environment_goes_before_the_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tree.txt").write_text("of the tree\n")
    (tmp_path / "other.txt").write_text("of a file\n")
    reference = SecretReference(file="tree.txt")
    monkeypatch.delenv(IDENTITY_VARIABLE, raising=False)
    monkeypatch.delenv(IDENTITY_FILE, raising=False)
    assert find_identity(reference, tmp_path) == IdentityText("of the tree", "the file tree.txt")
    with pytest.raises(SecretError, match=f"set {IDENTITY_FILE}"):
        find_identity(None, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(IDENTITY_FILE, "other.txt")
    assert find_identity(reference, tmp_path / "elsewhere").text == "of a file"
    monkeypatch.setenv(IDENTITY_VARIABLE, "itself")
    assert find_identity(reference, tmp_path) == IdentityText(
        "itself", f"the environment variable {IDENTITY_VARIABLE}"
    )
    monkeypatch.delenv(IDENTITY_VARIABLE)
    monkeypatch.setenv(IDENTITY_FILE, "absent.txt")
    with pytest.raises(SecretError, match=r"absent\.txt cannot be read"):
        find_identity(reference, tmp_path)


def test_a_key_in_the_place_of_a_path_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(IDENTITY_VARIABLE, raising=False)
    for text in (f"AGE-SECRET-KEY-1{MARK}", f"# one\n{MARK}\n", f"-----BEGIN OPENSSH PRIVATE KEY-----{MARK}"):
        monkeypatch.setenv(IDENTITY_FILE, text)
        with pytest.raises(SecretError, match=f"{IDENTITY_FILE} holds no path but a key") as caught:
            find_identity(None, tmp_path)
        assert MARK not in f"{caught.value} {caught.getrepr()}"


def test_an_identity_file_as_other_programs_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(IDENTITY_VARIABLE, raising=False)
    file = tmp_path / "identity"
    monkeypatch.setenv(IDENTITY_FILE, str(file))
    file.write_bytes(b"\xef\xbb\xbf# one\r\nKEY\r\n")
    assert find_identity(None, tmp_path).text.splitlines() == ["# one", "KEY"]
    file.write_bytes(b"age-encryption.org/v1\n-> scrypt \xff\xfe")
    with pytest.raises(EncryptionError, match="is encrypted itself"):
        read_identities(find_identity(None, tmp_path))
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SecretError, match="not text"):
        find_identity(None, tmp_path)


def test_an_identity_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(IDENTITY_VARIABLE, raising=False)
    monkeypatch.setenv(IDENTITY_FILE, "/dev/zero")
    with pytest.raises(SecretError, match="/dev/zero is larger than 1 MiB"):
        find_identity(None, tmp_path)


def test_what_to_do_is_said_of_what_is_wrong() -> None:
    cipher = AgeCipher((age_pair(1).recipient,), lambda: IdentityText("x", "a test"))
    with pytest.raises(EncryptionError, match="line 1 of the identity in a test is no") as caught:
        cipher.encrypt(KEY)
    assert "add the identity's own public key" not in str(caught.value)


def test_the_library_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys\n"
        "from reconciler.store.age import AgeCipher\n"
        "import reconciler.cli.workspace\n"
        "AgeCipher(('age1x',), None)\n"
        "sys.exit('pyrage' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], env={**os.environ}, check=False).returncode == 0


def test_the_form_is_that_of_the_specification() -> None:
    encrypted = cipher(age_pair(), ssh_pair(*ED25519), ssh_pair(*RSA)).encrypt(KEY)
    header = encrypted.partition(b"\n---")[0].decode()
    assert [line.split()[1] for line in header.splitlines() if line.startswith("-> ")][:3] == [
        "X25519",
        "ssh-ed25519",
        "ssh-rsa",
    ]
    assert pyrage.decrypt(encrypted, [pyrage.x25519.Identity.from_str(age_pair().identity)]) == KEY
