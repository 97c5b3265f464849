from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import StateError
from reconciler.model.claim import Claim, ClaimKind
from reconciler.store import Store
from reconciler.store.claims import claim_path, decode_claim, encode_claim, read_claims

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
CLAIM = Claim(
    ClaimKind.CERTIFICATE,
    "shop/www",
    "0197299e-0000-7000-8000-000000000001",
    "0123",
    "reconciler apply",
    "ci@runner",
    NOW,
    NOW + dt.timedelta(minutes=15),
    "ca",
    "https://ci.test/1",
)


def write(root: Path, claim: Claim, path: str | None = None) -> None:
    target = root / (path or claim_path(claim.kind, claim.name))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(encode_claim(claim))


def test_a_claim_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert claim_path(CLAIM.kind, CLAIM.name) == "claims/certificates/shop/www.yaml"
    assert decode_claim("claims/certificates/shop/www.yaml", encode_claim(CLAIM)) == CLAIM
    write(tmp_path, CLAIM)
    assert Store(tmp_path).claims() == (CLAIM,)


def test_where_there_are_none_none_is_found(tmp_path: Path) -> None:
    assert read_claims(tmp_path / "state") == ()


def test_a_claim_in_the_place_of_another_is_refused(tmp_path: Path) -> None:
    write(tmp_path, CLAIM, "claims/certificates/shop/api.yaml")
    with pytest.raises(StateError, match=r"shop/api\.yaml: this is the claim of 'shop/www'"):
        read_claims(tmp_path)
    with pytest.raises(StateError, match="this is the claim of another"):
        decode_claim("claims/accounts/other.yaml", encode_claim(CLAIM))


def test_it_holds_until_its_end() -> None:
    assert CLAIM.holds(NOW)
    assert CLAIM.holds(CLAIM.until - dt.timedelta(seconds=1))
    assert not CLAIM.holds(CLAIM.until)
