from __future__ import annotations

import pytest
from cryptography import x509

from reconciler import pki
from reconciler.model.account import KeyType
from reconciler.model.identifier import Identifier
from reconciler.model.role import IdentifierPopulation

NAMES = [Identifier("dns", "www.example.com"), Identifier("ip", "192.0.2.1")]
KEY = pki.generate_key(KeyType.EC_256)


@pytest.mark.parametrize("population", list(IdentifierPopulation))
def test_must_staple_is_an_extension_and_changes_nothing_else(population: IdentifierPopulation) -> None:
    plain = x509.load_pem_x509_csr(pki.make_csr(KEY, NAMES, population))
    stapled = x509.load_pem_x509_csr(pki.make_csr(KEY, NAMES, population, must_staple=True))
    assert stapled.is_signature_valid
    assert stapled.subject == plain.subject
    *others, feature = stapled.extensions
    assert others == list(plain.extensions)
    # RFC 7633 section 6: the OID, and 30 03 02 01 05 for status_request.
    assert feature.oid.dotted_string == "1.3.6.1.5.5.7.1.24"
    assert not feature.critical
    assert feature.value.public_bytes() == bytes.fromhex("3003020105")


def test_a_request_that_must_staple_is_one_that_requesters_may_make() -> None:
    text = pki.make_csr(KEY, NAMES, IdentifierPopulation.SANS_ONLY, must_staple=True)
    assert set(pki.read_csr(text.decode()).identifiers) == set(NAMES)
