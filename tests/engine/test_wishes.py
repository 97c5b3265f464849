"""What a certificate may ask for besides its names."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from reconciler.model.account import KeyType
from reconciler.model.identifier import parse_identifier
from reconciler.model.requested_end import RequestedEnd
from reconciler.plan import actions, reasons
from tests.engine.checks import assert_key_fits, assert_settled

if TYPE_CHECKING:
    from tests.engine.rig import Rig

DAY = dt.timedelta(days=1)


def leaf(rig: Rig) -> x509.Certificate:
    return x509.load_pem_x509_certificate(rig.delivered("www")["cert.pem"])


def test_addresses(rig: Rig) -> None:
    rig.want("www", "192.0.2.7", "2001:db8::1", "www.example.com")
    assert rig.apply().issued
    names = leaf(rig).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(each) for each in names.get_values_for_type(x509.IPAddress)} == {"192.0.2.7", "2001:db8::1"}
    assert parse_identifier("2001:db8::1") in rig.store.certificates()["www"].identifiers
    assert_settled(rig)


def test_a_kind_of_key(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.change("www", wanted_key_type=KeyType.EC_384)
    [action] = rig.plan().actions
    assert action.reasons == (reasons.KeyTypeChanged(KeyType.EC_256, KeyType.EC_384),)
    rig.apply()
    assert_key_fits(rig.output / "www")
    assert_settled(rig)


def test_a_new_key_for_each_renewal(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    key = rig.delivered("www")["privkey.pem"]
    rig.clock.advance(days=61)
    rig.apply()
    assert rig.delivered("www")["privkey.pem"] != key


def test_or_the_same_one(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.change("www", reuse_key=True)
    rig.apply()
    key = rig.delivered("www")["privkey.pem"]
    rig.clock.advance(days=61)
    rig.apply()
    assert rig.delivered("www")["privkey.pem"] == key
    assert len(rig.server.issued) == 2
    assert_settled(rig)
    # Another kind of key cannot be the same one.
    rig.change("www", wanted_key_type=KeyType.EC_384)
    rig.apply()
    assert rig.delivered("www")["privkey.pem"] != key
    assert_settled(rig)


def test_must_staple(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.change("www", must_staple=True)
    [action] = rig.plan().actions
    assert action.reasons == (reasons.MustStapleChanged(True),)
    rig.apply()
    feature = leaf(rig).extensions.get_extension_for_class(x509.TLSFeature).value
    assert list(feature) == [x509.TLSFeatureType.status_request]
    assert_settled(rig)


def test_an_end_after_some_time(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.change("www", not_after=RequestedEnd(after=30 * DAY))
    begin = rig.clock.now()
    rig.apply()
    assert leaf(rig).not_valid_after_utc == begin + 30 * DAY
    assert_settled(rig)
    rig.clock.advance(days=21)
    begin = rig.clock.now().replace(microsecond=0)
    rig.apply()
    assert leaf(rig).not_valid_after_utc == begin + 30 * DAY
    rig.change("www", not_after=RequestedEnd(after=60 * DAY))
    [action] = rig.plan().actions
    assert action.reasons == (reasons.EndChanged("30d", "60d"),)


def test_an_end_at_a_moment_is_not_renewed_beyond(rig: Rig) -> None:
    moment = rig.clock.now() + 40 * DAY
    rig.want("www", "www.example.com")
    rig.change("www", not_after=RequestedEnd(moment=moment))
    rig.apply()
    assert leaf(rig).not_valid_after_utc == moment
    rig.clock.advance(days=39)
    assert not rig.plan().has_changes
    rig.clock.advance(days=10)
    plan = rig.plan()
    assert not plan.has_changes
    rig.specs.clear()
    rig.want("new", "new.example.com")
    rig.change("new", not_after=RequestedEnd(moment=moment))
    [held] = rig.plan().held_back
    assert reasons.EndPassed(moment) in held.reasons
    assert not any(isinstance(each, actions.CreateOrder) for each in rig.plan().actions)


@pytest.mark.parametrize(
    ("preferred", "root", "told"),
    [(None, "memory root", 0), ("Memory Root 2", "memory root 2", 0), ("no such root", "memory root", 1)],
)
def test_a_chain_by_its_issuer(rig: Rig, preferred: str | None, root: str, told: int) -> None:
    rig.server.alternate_roots = 3
    rig.want("www", "www.example.com")
    rig.change("www", preferred_chain=preferred)
    result = rig.apply()
    assert result.issued
    top = x509.load_pem_x509_certificates(rig.delivered("www")["chain.pem"])[-1]
    assert top.issuer.rfc4514_string() == f"CN={root}"
    assert len(result.other_chains) == told
    assert_key_fits(rig.output / "www")
    assert_settled(rig)


def test_an_alternate_chain_that_is_broken_is_left_out(rig: Rig) -> None:
    rig.server.alternate_roots = 2
    rig.want("www", "www.example.com")
    rig.change("www", preferred_chain="memory root 2")
    issue = rig.server.issuer.alternate_chain
    rig.server.issuer.alternate_chain = (  # type: ignore[method-assign]
        lambda leaf_pem, number: "rubbish" if number == 1 else issue(leaf_pem, number)
    )
    assert rig.apply().issued
    top = x509.load_pem_x509_certificates(rig.delivered("www")["chain.pem"])[-1]
    assert top.issuer.rfc4514_string() == "CN=memory root 2"
