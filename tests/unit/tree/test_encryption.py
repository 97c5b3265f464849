"""`encryption` in the settings: whom keys are encrypted for, and an identity that is never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.account import SecretReference
from reconciler.model.encryption import recipient_label
from reconciler.render.findings import render_findings
from reconciler.tree import load_tree
from reconciler.tree.age_recipients import parse_recipient
from reconciler.tree.ssh_blob import UnusableKeyError
from tests.unit.age_keys import ED25519, RSA, age_pair, ssh_pair
from tests.unit.tree.trees import findings_of, make_tree

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.encryption import Encryption

AGE = age_pair().recipient
SECRET = age_pair().identity
SSH = ssh_pair(*ED25519).recipient
MARK = "s3cr3t-m4rk"


def encryption_of(root: Path, text: str) -> Encryption | None:
    return load_tree(make_tree(root, {"reconciler.yaml": text})).settings.encryption


def test_recipients_and_an_identity(tmp_path: Path) -> None:
    rsa = ssh_pair(*RSA).recipient
    text = (
        f"encryption:\n  recipients:\n  - {AGE.upper()}\n  - {SSH} me@example.com, the first\n  - {rsa}\n"
        "  identity: {env: STATE_IDENTITY}\n"
    )
    encryption = encryption_of(tmp_path, text)
    assert encryption is not None
    assert encryption.recipients == (AGE, SSH, rsa)
    assert encryption.identity == SecretReference(env="STATE_IDENTITY")


def test_a_key_may_be_set_off_by_a_tab(tmp_path: Path) -> None:
    line = SSH.replace(" ", "\\t", 1)
    encryption = encryption_of(tmp_path, f'encryption: {{recipients: ["{line}"]}}')
    assert encryption is not None
    assert encryption.recipients == (SSH,)


def test_the_identity_may_be_left_to_the_environment(tmp_path: Path) -> None:
    encryption = encryption_of(tmp_path, f"encryption: {{recipients: '{AGE}, {SSH}'}}")
    assert encryption is not None
    assert encryption.recipients == (AGE, SSH)
    assert encryption.identity is None


def test_without_it_keys_are_in_clear(tmp_path: Path) -> None:
    assert encryption_of(tmp_path, "{}") is None


@pytest.mark.parametrize(
    ("recipient", "said"),
    [
        (AGE[:-1] + ("q" if AGE[-1] != "q" else "p"), "is not whole: its length or its checksum is wrong"),
        (AGE[:-5], "is not whole"),
        (AGE[:10].upper() + AGE[10:], "is not whole"),
        ("age1", "is not whole"),
        ("age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", "for a plugin of age"),
        ("age1pq1qqqq", "of a newer kind (post-quantum, or tagged)"),
        ("github:someone", "`github:someone` is no recipient"),
        ("'ssh-ed25519'", "after `ssh-ed25519` the key itself (base64) is wanted"),
        ("ssh-ed25519 AAAA", "no whole `ssh-ed25519` key"),
        (SSH.replace("ssh-ed25519", "ssh-rsa"), "the key in it is one of the type `ssh-ed25519`"),
        ("ssh-dss AAAAB3NzaC1kc3M=", "nothing can be encrypted for an SSH key of the type `ssh-dss`"),
        ("ecdsa-sha2-nistp256 AAAA", "SSH key of the type `ecdsa-sha2-nistp256`"),
        ("sk-ssh-ed25519@openssh.com AAAA", "SSH key of the type `sk-ssh-ed25519@openssh.com`"),
        (f'"{AGE}\\n{AGE}"', "more than one line"),
    ],
    ids=range(14),  # no keys, which are others in each process
)
def test_a_recipient_that_is_none(tmp_path: Path, recipient: str, said: str) -> None:
    text = f"encryption:\n  recipients:\n  - {AGE}\n  - {recipient}\n"
    [finding] = findings_of(make_tree(tmp_path, {"reconciler.yaml": text}))
    assert finding.code == "bad-recipient"
    assert finding.message.startswith("`encryption.recipients[2]`: ")
    assert said in finding.message
    assert (finding.location.path, finding.location.line, finding.location.column) == (
        "reconciler.yaml",
        4,
        5,
    )
    assert finding.hint


def test_an_rsa_key_may_be_too_long_for_age(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = RSAPublicNumbers(65537, (1 << 4099) + 1).public_key()
    line = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    text = f"encryption: {{recipients: [{line}]}}"
    [finding] = findings_of(make_tree(tmp_path, {"reconciler.yaml": text}))
    assert "4100 bits is more than age takes; 4096 are the most" in finding.message


def test_the_same_recipient_twice_is_a_warning(tmp_path: Path) -> None:
    text = f"encryption:\n  recipients: ['{SSH} me', {AGE}, '{SSH} again']\n"
    [finding] = findings_of(make_tree(tmp_path, {"reconciler.yaml": text}))
    assert (finding.severity, finding.code) == ("warning", "duplicate-recipient")
    assert f"in place 1: {recipient_label(SSH)}" in finding.message
    encryption = encryption_of(tmp_path, text)
    assert encryption is not None
    assert encryption.recipients == (SSH, AGE)


@pytest.mark.parametrize("text", ["encryption: {}", "encryption: {recipients: []}", "encryption:"])
def test_no_recipients_is_an_error(tmp_path: Path, text: str) -> None:
    [finding] = findings_of(make_tree(tmp_path, {"reconciler.yaml": text}))
    assert finding.severity == "error"
    assert finding.location.line == 1


SECRETS = [SECRET, SECRET.lower(), ssh_pair(*ED25519).identity]


@pytest.mark.parametrize("secret", SECRETS, ids=["age", "lower case", "ssh"])
@pytest.mark.parametrize(
    "form",
    [
        "encryption:\n  recipients:\n  - '{}'\n",
        f"encryption:\n  recipients: [{AGE}]\n  identity: '{{}}'\n",
        f"encryption:\n  recipients: [{AGE}]\n  identity: {{{{env: '{{}}'}}}}\n",
        f"encryption:\n  recipients: [{AGE}]\n  idnetity: {{}}\n",
        "encryption: [{}\n",
        "# {}\n",
    ],
    ids=range(6),
)
def test_a_secret_key_in_the_file_is_refused_and_not_shown(tmp_path: Path, form: str, secret: str) -> None:
    one_line = secret.replace("\n", "\n\n    ")
    findings = findings_of(make_tree(tmp_path, {"reconciler.yaml": form.format(one_line)}))
    assert [each.code for each in findings] == ["private-key"]
    shown = render_findings(findings)
    for line in secret.splitlines():
        assert line not in shown
    assert "replace it" in shown


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        (MARK, "literal-secret"),
        (f"[{MARK}]", "literal-secret"),
        (f"{{{MARK}}}", "unknown-field"),
        (f"{{env: {MARK}}}", "bad-value"),
        (f"{{env: A, file: {MARK}}}", "bad-value"),
        (f"{{evn: {MARK}}}", "unknown-field"),
        (f"{{env: [{MARK}]}}", "wrong-type"),
    ],
)
def test_what_stands_for_an_identity_is_never_shown(tmp_path: Path, identity: str, code: str) -> None:
    text = f"encryption:\n  recipients: [{AGE}]\n  identity: {identity}\n"
    findings = findings_of(make_tree(tmp_path, {"reconciler.yaml": text}))
    assert code in {each.code for each in findings}
    assert MARK not in render_findings(findings)
    assert {each.location.line for each in findings} == {3}


def test_lines_of_other_fields_are_shown_as_before(tmp_path: Path) -> None:
    text = f"encryption:\n  recipients: [{AGE}]\n  identity: {MARK}\nrenew: {{before: 5 apples}}\n"
    shown = render_findings(findings_of(make_tree(tmp_path, {"reconciler.yaml": text})))
    assert "renew: {before: 5 apples}" in shown
    assert MARK not in shown


@given(st.binary(min_size=32, max_size=32))
def test_what_the_library_takes_is_taken(seed: bytes) -> None:
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    assert parse_recipient(recipient) == recipient
    place, other = 4 + seed[0] % 58, "qpzry9x8gf2tvdw0s3jn54khce6mua7l"[seed[1] % 32]
    changed = recipient[:place] + other + recipient[place + 1 :]
    if changed != recipient:
        with pytest.raises(UnusableKeyError, match="checksum"):
            parse_recipient(changed)
        with pytest.raises(pyrage.RecipientError):
            pyrage.x25519.Recipient.from_str(changed)


@given(
    st.text(max_size=90)
    | st.text(max_size=60).map("age1{}".format)
    | st.text(max_size=60).map("ssh-rsa {}".format)
)
def test_no_text_is_taken_that_the_library_does_not_take(text: str) -> None:
    try:
        recipient = parse_recipient(text)
    except UnusableKeyError as error:
        assert str(error)  # noqa: PT017
        return
    kind = pyrage.x25519.Recipient if recipient.startswith("age1") else pyrage.ssh.Recipient
    kind.from_str(recipient)


def test_labels_are_what_people_compare() -> None:
    assert recipient_label(AGE) == AGE
    assert recipient_label(SSH).startswith("ssh-ed25519 SHA256:")
    assert recipient_label("ssh-rsa not base64") == "ssh-rsa not base64"
