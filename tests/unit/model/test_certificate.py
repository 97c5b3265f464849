"""What a certificate is asked for with, in one number."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.model.account import KeyType
from reconciler.model.finding import Location
from reconciler.model.places import KnownPlaces
from reconciler.model.renewal import RenewalRule
from reconciler.model.requested_end import RequestedEnd
from reconciler.model.revocation import RevocationReason
from reconciler.model.role import ChallengeType
from tests.unit.values import names, role, spec

if TYPE_CHECKING:
    from reconciler.model.certificate import CertificateSpec

SPEC = spec("www", "www.example.com", "api.example.com")
THERE = Location("certificates/elsewhere.yaml", 7, 7)

COUNT: dict[str, CertificateSpec] = {
    "role": replace(SPEC, role=role("api")),
    "identifiers": replace(SPEC, identifiers=names("www.example.com")),
    "wanted_key_type": replace(SPEC, wanted_key_type=KeyType.EC_384),
    "what the role says itself": replace(SPEC, wanted_key_type=role().csr_generate_key_type),
    "csr_digest": replace(SPEC, csr_digest="00"),
    "another csr_digest": replace(SPEC, csr_digest="11"),
    "profile": replace(SPEC, profile="classic"),
    "challenge_type": replace(SPEC, challenge_type=ChallengeType.DNS_01),
    "reuse_key": replace(SPEC, reuse_key=True),
    "must_staple": replace(SPEC, must_staple=True),
    "preferred_chain": replace(SPEC, preferred_chain="Root X1"),
    "another preferred_chain": replace(SPEC, preferred_chain="R\u00f6\u00f6t X2"),
    "not_after": replace(SPEC, not_after=RequestedEnd(after=dt.timedelta(days=30))),
    "another not_after": replace(SPEC, not_after=RequestedEnd(after=dt.timedelta(days=31))),
    "revoke": replace(SPEC, revoke=RevocationReason.UNSPECIFIED),
    "another revoke": replace(SPEC, revoke=RevocationReason.SUPERSEDED),
}

DO_NOT_COUNT: dict[str, CertificateSpec] = {
    "name": replace(SPEC, name="api"),
    "order of identifiers": replace(SPEC, identifiers=SPEC.identifiers[::-1]),
    "location": replace(SPEC, location=THERE),
    "places": replace(SPEC, places=KnownPlaces((THERE, THERE), {"profile": THERE})),
    "renew": replace(SPEC, renew=RenewalRule(fraction=0.5)),
    "what the role allows": replace(SPEC, role=replace(role(), allowed_domains=("example.com",))),
    "the role's account": replace(SPEC, role=role(account="other")),
    "the role's key type": replace(SPEC, role=role(key_type=KeyType.RSA_4096)),
    "the role's profile": replace(SPEC, role=replace(role(), allowed_profiles=("shortlived",))),
    "the role's chain": replace(SPEC, role=replace(role(), preferred_chain="R\u00f6\u00f6t X2")),
    "spelling of csr": replace(SPEC, csr="-----BEGIN CERTIFICATE REQUEST-----"),
    "fulfillment": replace(SPEC, fulfillment={ChallengeType.DNS_01: "corp"}),
    "previous account": replace(SPEC, role=replace(role(), previous_acme_account_name="old")),
}


def test_every_field_that_counts_makes_it_another_request() -> None:
    digests = [each.digest for each in (SPEC, *COUNT.values())]
    assert len(set(digests)) == len(digests)
    assert all(len(each) == 64 and int(each, 16) for each in digests)


@pytest.mark.parametrize("what", DO_NOT_COUNT)
def test_what_does_not_count_does_not(what: str) -> None:
    assert DO_NOT_COUNT[what].digest == SPEC.digest


def test_what_is_not_asked_for_is_no_part_of_it() -> None:
    """A field that comes with a later version leaves the records of the earlier ones right."""
    asked = {"identifiers": ["api.example.com", "www.example.com"], "role": "web"}
    assert SPEC.digest == hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def test_every_field_is_known_to_count_or_not() -> None:
    known = {*COUNT, *DO_NOT_COUNT, "csr", "csr_key_type"}
    assert set(SPEC.__struct_fields__) <= known


def test_the_kind_of_key_of_a_csr_goes_before_what_is_asked_for() -> None:
    asked = replace(SPEC, wanted_key_type=KeyType.EC_384)
    assert (SPEC.key_type, asked.key_type) == (KeyType.EC_256, KeyType.EC_384)
    assert replace(asked, csr_key_type=KeyType.RSA_3072).key_type is KeyType.RSA_3072


def test_a_certificate_goes_before_its_role() -> None:
    team = replace(role(), preferred_chain="Root X2", allowed_profiles=("classic", "shortlived"))
    asked = replace(SPEC, role=team)
    assert (asked.chain_issuer, asked.asked_profile) == ("Root X2", "classic")
    own = replace(asked, preferred_chain="Root X1", profile="shortlived")
    assert (own.chain_issuer, own.asked_profile) == ("Root X1", "shortlived")
    assert (SPEC.chain_issuer, SPEC.asked_profile) == (None, None)
