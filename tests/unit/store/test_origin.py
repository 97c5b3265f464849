"""Where orders come from, in records: as a person reads it, in records of older versions, and damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from msgspec.structs import replace

from reconciler.errors import StateError
from reconciler.model.evidence import Requester
from reconciler.model.origin import CommitAuthor, Origin
from reconciler.store import Store
from tests.unit.values import certificate, order

if TYPE_CHECKING:
    from pathlib import Path

CLAIM = CommitAuthor("feedc0de", "A. Person", "")
ORIGIN = Origin("c0ffee", is_modified=True, run_url="https://ci.example.com/1", requester=CLAIM)
PROVED = replace(ORIGIN, requester=Requester("feedc0de", "SHA256:abc", "id-1", "alice"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "state")


def test_it_reads_as_what_it_says(store: Store) -> None:
    store.save_certificate(replace(certificate(), origin=ORIGIN))
    record = yaml.safe_load((store.root / "certificates/www.yaml").read_text())
    assert record["origin"] == {
        "commit": "c0ffee",
        "is_modified": True,
        "run_url": "https://ci.example.com/1",
        "requester": {"commit": "feedc0de", "author_name": "A. Person", "author_email": ""},
    }


@pytest.mark.parametrize("origin", [None, ORIGIN, PROVED, Origin("c0ffee"), Origin(run_url="https://x")])
def test_it_comes_back_as_it_was(store: Store, origin: Origin | None) -> None:
    store.save_certificate(replace(certificate(), origin=origin))
    store.save_order(replace(order(), origin=origin))
    assert store.certificates()["www"].origin == origin
    [read] = store.orders().values()
    assert read.origin == origin


def test_where_nothing_is_known_nothing_is_written(store: Store) -> None:
    store.save_certificate(replace(certificate(), origin=Origin()))
    assert "origin" not in (store.root / "certificates/www.yaml").read_text()
    assert store.certificates()["www"].origin is None


@pytest.mark.parametrize(
    "damaged",
    [
        "origin: text",
        "origin: [1]",
        "origin: {commit: [1]}",
        "origin: {commit: {a: b}}",
        "origin: {is_modified: maybe}",
        "origin: {run_url: []}",
        "origin: {requester: text}",
        "origin: {requester: {commit: c}}",
        "origin: {requester: {commit: c, author_name: [x], author_email: y}}",
        "origin: {requester: {commit: c, fingerprint: f}}",
    ],
)
def test_a_damaged_one_is_an_error_that_names_the_file(store: Store, damaged: str) -> None:
    store.save_certificate(certificate())
    path = store.root / "certificates/www.yaml"
    path.write_text(f"{path.read_text()}{damaged}\n")
    with pytest.raises(StateError, match=r"www\.yaml"):
        store.certificates()
