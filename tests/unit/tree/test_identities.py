"""Identities: who they are, and that no two are one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from reconciler.model.finding import Location, Severity
from reconciler.model.identity import Entity, Identity, SigningKey
from reconciler.tree import load_tree
from tests.unit.tree.keys import (
    ECDSA,
    ECDSA_FINGERPRINT,
    ED25519,
    ED25519_FINGERPRINT,
    GPG,
    OTHER,
    OTHER_GPG,
)
from tests.unit.tree.trees import findings_of, found, make_tree

if TYPE_CHECKING:
    from pathlib import Path

ALICE = f"id: alice-id\nssh_keys: [{ED25519}]\n"
SPACED_GPG = "3aa5 c343 71be 0d23 b4b2  8c38 6e1c 7df0 7f3e 9f55"

EVERY_FIELD = f"""
id: 4711
name: alice
metadata: {{team: shop, cost-center: 12, "on.call_": ''}}
groups: developers, on-call, developers
ssh_keys:
  - {ED25519} alice@example.com
  - alice@example.com namespaces="git",valid-after="20260101",valid-before="20271231Z" {ECDSA}
gpg_fingerprints: {SPACED_GPG}, {"ab" * 32}
"""


def test_every_field(tmp_path: Path) -> None:
    (identity,) = load_tree(make_tree(tmp_path, {"identities/a.yaml": EVERY_FIELD})).identities.values()
    assert identity == Identity(
        name="a",
        entity=Entity(
            id="4711",
            name="alice",
            metadata={"team": "shop", "cost-center": "12", "on.call_": ""},
            groups=frozenset(("developers", "on-call")),
        ),
        location=Location("identities/a.yaml", 2, 1),
        ssh_keys=(
            SigningKey(ED25519, ED25519_FINGERPRINT),
            SigningKey(
                ECDSA,
                ECDSA_FINGERPRINT,
                datetime(2026, 1, 1, tzinfo=UTC),
                datetime(2027, 12, 31, tzinfo=UTC),
            ),
        ),
        gpg_fingerprints=(GPG, "AB" * 32),
    )


def test_the_file_gives_the_name(tmp_path: Path) -> None:
    identities = load_tree(make_tree(tmp_path, {"identities/alice.yaml": ALICE})).identities
    assert list(identities) == ["alice"]
    assert identities["alice"].entity == Entity("alice-id", "alice")


def test_an_identity_in_json(tmp_path: Path) -> None:
    text = '{"id": "a", "groups": ["x"], "metadata": {"k": "v"}, "gpg_fingerprints": "' + GPG + '"}'
    identity = load_tree(make_tree(tmp_path, {"identities/a.json": text})).identities["a"]
    assert identity.entity == Entity("a", "a", {"k": "v"}, frozenset("x"))
    assert identity.gpg_fingerprints == (GPG,)


@pytest.mark.parametrize("text", ["id: a\n", "id: a\nssh_keys: []\ngpg_fingerprints: ''\n"])
def test_one_without_keys_is_a_warning(tmp_path: Path, text: str) -> None:
    tree = load_tree(make_tree(tmp_path, {"identities/a.yaml": text}))
    assert [(each.code, each.severity) for each in tree.warnings] == [("proves-nothing", Severity.WARNING)]
    assert tree.identities["a"].entity.id == "a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: a\ngpg_fingerprints: " + GPG, ["1:1 missing-field"]),
        ("id: ''\ngpg_fingerprints: " + GPG, ["1:5 bad-value"]),
        ("id:\ngpg_fingerprints: " + GPG, ["1:4 bad-value"]),
        ('id: "a\\nb"\ngpg_fingerprints: ' + GPG, ["1:5 bad-value"]),
        ("id: a\nname: [x]\ngpg_fingerprints: " + GPG, ["2:7 wrong-type"]),
        ("id: a\nmetadata: x\ngpg_fingerprints: " + GPG, ["2:11 wrong-type"]),
        ("id: a\nmetadata: {x: [y]}\ngpg_fingerprints: " + GPG, ["2:15 wrong-type"]),
        ("id: a\nmetadata: {a b: c}\ngpg_fingerprints: " + GPG, ["2:12 bad-value"]),
        (
            "id: a\nmetadata: {ä: c, b: d, 'e/f': g}\ngpg_fingerprints: " + GPG,
            ["2:12 bad-value", "2:24 bad-value"],
        ),
        (f"id: a\nssh_keys: {ED25519}\n", ["2:11 wrong-type"]),
        ("id: a\nssh_keys: ['']\n", ["2:12 bad-value"]),
        (f"id: a\nssh_keys: [x, {ED25519}]\n", ["2:12 unusable-key"]),
        ("id: a\nkeys: []\n", ["1:1 proves-nothing", "2:1 unknown-field"]),
        ("id: a\ngpg_fingerprints: 7F3E9F55", ["2:19 unusable-key"]),
        ("id: a\ngpg_fingerprints: 0x6E1C7DF07F3E9F55", ["2:19 unusable-key"]),
        ("id: a\ngpg_fingerprints: " + GPG[1:], ["2:19 unusable-key"]),
        ("id: a\ngpg_fingerprints: " + GPG + "00", ["2:19 unusable-key"]),
        (f"id: a\ngpg_fingerprints: [{GPG}, {GPG[:-1]}G]", ["2:62 unusable-key"]),
        ("id: a\ngpg_fingerprints: 5de3e0509c47ea3cf04a42d34aee18f83afdeb23", ["2:19 unusable-key"]),
        ("id: a\ngpg_fingerprints: [968479A1AFF927E37D1A566BB5690EEEBB952194]", ["2:20 unusable-key"]),
    ],
)
def test_what_is_wrong(tmp_path: Path, text: str, expected: list[str]) -> None:
    make_tree(tmp_path, {"identities/x.yaml": text})
    assert found(tmp_path) == [f"identities/x.yaml:{each}" for each in expected]


def test_why_a_fingerprint_is_refused(tmp_path: Path) -> None:
    text = "id: a\ngpg_fingerprints: 7F3E9F55, 5DE3E0509C47EA3CF04A42D34AEE18F83AFDEB23\n"
    short, github = findings_of(make_tree(tmp_path, {"identities/x.yaml": text}))
    assert "can be forged" in short.message
    assert github.message.endswith("GitHub signs with this key for everybody; it is no person's")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (ALICE, f"id: bob\nssh_keys: ['x {ED25519} bob']\n", "2:12"),
        (
            ALICE + f"gpg_fingerprints: {GPG}\n",
            f"id: bob\ngpg_fingerprints: [{OTHER_GPG}, {SPACED_GPG}]\n",
            "2:62",
        ),
        (ALICE, f"id: alice-id\nssh_keys: ['{OTHER}']\n", "1:5"),
        (ALICE, f"id: bob\nname: a\nssh_keys: ['{OTHER}']\n", "2:7"),
        (ALICE + "name: b\n", f"id: bob\nssh_keys: ['{OTHER}']\n", "1:1"),
    ],
)
def test_what_is_one_identitys_is_no_others(tmp_path: Path, first: str, second: str, expected: str) -> None:
    make_tree(tmp_path, {"identities/a.yaml": first, "identities/b.yaml": second})
    assert found(tmp_path) == [f"identities/b.yaml:{expected} duplicate-identity"]
    (finding,) = findings_of(tmp_path)
    assert "is another identity's as well: identities/a.yaml:" in finding.message


def test_a_key_twice_in_one_file(tmp_path: Path) -> None:
    text = f'id: a\nssh_keys:\n- {ED25519}\n- valid-before="20300101" {ED25519}\n'
    make_tree(tmp_path, {"identities/a.yaml": text})
    (finding,) = findings_of(tmp_path)
    assert str(finding.location) == "identities/a.yaml:4:3"
    assert finding.message.endswith("is in this file as well: identities/a.yaml:3:3")


def test_a_key_of_a_file_with_other_errors_is_taken_all_the_same(tmp_path: Path) -> None:
    broken = f"id: [a]\nssh_keys: ['{ED25519}', [x]]\n"
    make_tree(tmp_path, {"identities/a.yaml": broken, "identities/b.yaml": ALICE})
    assert "identities/b.yaml:2:12 duplicate-identity" in found(tmp_path)
