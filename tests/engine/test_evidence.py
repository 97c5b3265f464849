"""What an order is allowed on goes with it into the records, and from there to the certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.model.evidence import Evidence, Grant, Requester
from reconciler.model.role import DomainOption
from tests.unit.values import names

if TYPE_CHECKING:
    from tests.engine.rig import Rig

[NAME] = names("www.example.com")
EVIDENCE = Evidence(
    (Grant(NAME, "{{identity.entity.name}}.com", DomainOption.SUBDOMAINS),),
    Requester("c" * 40, "SHA256:abc", "id-1", "example"),
    "p" * 40,
)
LATER = Evidence((Grant(NAME, "example.com", DomainOption.SUBDOMAINS),))


def test_the_certificate_has_the_evidence_of_its_order(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.evidence["www"] = EVIDENCE
    [issued] = rig.apply().issued
    assert rig.store.order(issued.order_id).evidence == EVIDENCE
    assert rig.store.certificates()["www"].evidence == EVIDENCE


def test_a_renewal_has_the_evidence_of_its_own_plan(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.evidence["www"] = EVIDENCE
    rig.apply()
    rig.clock.advance(days=61)
    rig.evidence["www"] = LATER
    rig.apply()
    assert rig.store.certificates()["www"].evidence == LATER


def test_an_order_that_is_resumed_keeps_what_it_was_made_on(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    rig.evidence["www"] = EVIDENCE
    assert rig.apply().awaiting_people
    rig.evidence["www"] = LATER
    rig.uses_webroot = True
    rig.apply()
    assert rig.store.certificates()["www"].evidence == EVIDENCE


def test_an_order_from_before_there_was_evidence_gets_that_of_the_plan(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    [waiting] = rig.apply().awaiting_people
    assert rig.store.order(waiting.order_id).evidence is None
    rig.evidence["www"] = LATER
    rig.uses_webroot = True
    rig.apply()
    assert rig.store.certificates()["www"].evidence == LATER
    assert rig.store.order(waiting.order_id).evidence == LATER


def test_a_certificate_without_evidence_is_no_reason_to_order(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.evidence["www"] = EVIDENCE
    assert not rig.plan().has_changes
    rig.store.save_certificate(replace(rig.store.certificates()["www"], evidence=LATER))
    assert not rig.plan().has_changes
