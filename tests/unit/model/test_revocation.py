from __future__ import annotations

import pytest
from cryptography.x509 import ReasonFlags

from reconciler.model.revocation import RevocationReason

# RFC 5280 section 5.3.1; 7 is not used.
CODES = {
    "unspecified": 0,
    "key_compromise": 1,
    "ca_compromise": 2,
    "affiliation_changed": 3,
    "superseded": 4,
    "cessation_of_operation": 5,
    "certificate_hold": 6,
    "remove_from_crl": 8,
    "privilege_withdrawn": 9,
    "aa_compromise": 10,
}


def test_every_reason_has_the_number_that_the_rfc_gives_it() -> None:
    assert {str(each): each.code for each in RevocationReason} == CODES


def test_the_reasons_are_those_that_certificates_know() -> None:
    assert {each.name.upper() for each in ReasonFlags} == {each.name.upper() for each in RevocationReason}


@pytest.mark.parametrize("reason", list(RevocationReason))
def test_all_but_one_revoke_something(reason: RevocationReason) -> None:
    assert reason.is_possible == (str(reason) != "remove_from_crl")
