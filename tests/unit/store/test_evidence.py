"""Evidence in records: as a person reads it, in records of older versions, and damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from msgspec.structs import replace

from reconciler.errors import StateError
from reconciler.model.evidence import Evidence, Grant, Requester
from reconciler.model.identifier import Identifier
from reconciler.model.role import DomainOption
from reconciler.store import Store
from tests.unit.values import certificate, order

if TYPE_CHECKING:
    from pathlib import Path

EVIDENCE = Evidence(
    (
        Grant(
            Identifier("dns", "a.example.com"),
            "{{identity.entity.name}}.com",
            DomainOption.SUBDOMAINS,
            "example.com",
        ),
        Grant(Identifier("ip", "192.0.2.1"), "192.0.2.0/24"),
    ),
    Requester("c0ffee", "SHA256:abc", "id-1", "team-a"),
    "feedc0de",
)
DIGEST = "0f" * 32


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "state")


def test_it_reads_as_what_it_says(store: Store) -> None:
    store.save_certificate(replace(certificate(), evidence=EVIDENCE, csr_digest=DIGEST, profile="classic"))
    record = yaml.safe_load((store.root / "certificates/www.yaml").read_text())
    assert record["evidence"] == {
        "policy_commit": "feedc0de",
        "requester": {
            "commit": "c0ffee",
            "fingerprint": "SHA256:abc",
            "entity_id": "id-1",
            "entity_name": "team-a",
        },
        "grants": [
            {
                "identifier": "a.example.com",
                "entry": "{{identity.entity.name}}.com",
                "option": "subdomains",
                "filled": "example.com",
            },
            {"identifier": "192.0.2.1", "entry": "192.0.2.0/24"},
        ],
    }
    assert (record["csr_digest"], record["profile"]) == (DIGEST, "classic")


def test_it_is_read_as_it_was_written(store: Store) -> None:
    store.save_certificate(replace(certificate(), evidence=EVIDENCE))
    assert store.certificates()["www"].evidence == EVIDENCE
    path = store.root / "certificates/www.yaml"
    path.write_text(path.read_text().replace("    filled: example.com\n", ""))
    older = store.certificates()["www"].evidence
    assert older is not None
    assert [each.filled for each in older.grants] == [None, None]


def test_records_from_before_there_was_any_have_none(store: Store) -> None:
    store.save_certificate(certificate())
    store.save_order(order())
    for path in store.root.rglob("*.yaml"):
        assert (
            not {"evidence", "csr_digest", "profile", "superseded_files"}
            & yaml.safe_load(path.read_text()).keys()
        )
    assert store.certificates()["www"].evidence is None
    assert store.order(order().order_id).evidence is None


BAD = [
    ("evidence:\n", "evidence: none\nx:\n", "`evidence` is no mapping"),
    ("  requester:\n", "  requester: me\n  x:\n", "`evidence.requester` is no mapping"),
    ("    commit: c0ffee\n", "", "the field `evidence.requester.commit` is missing"),
    (
        "  - identifier: a.example.com\n    entry",
        "  - entry",
        r"grants\[0\].identifier` is missing",
    ),
    ("option: subdomains", "option: everything", r"grants\[0\].option` is 'everything'; one of"),
    ("  grants:\n", "  grants: all\n  x:\n", "the field `evidence.grants` is no list"),
    (f"csr_digest: {DIGEST}", "csr_digest: abc", "the field `csr_digest` is 'abc'; a SHA-256 in hexadecimal"),
    ("profile: classic", "profile: [classic]", "the field `profile` is missing, or no text"),
]


@pytest.mark.parametrize("kind", ["certificates", "orders"])
@pytest.mark.parametrize(("before", "after", "message"), BAD)
def test_what_is_damaged_is_named(store: Store, kind: str, before: str, after: str, message: str) -> None:
    store.save_certificate(replace(certificate(), evidence=EVIDENCE, csr_digest=DIGEST, profile="classic"))
    store.save_order(replace(order(), evidence=EVIDENCE, csr_digest=DIGEST, profile="classic"))
    [path] = (store.root / kind).glob("*.yaml")
    text = path.read_text().replace(f"'{DIGEST}'", DIGEST)
    assert before in text
    path.write_text(text.replace(before, after, 1))
    with pytest.raises(StateError, match=message):
        getattr(store, kind)()
