from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from acme import messages
from cryptography import x509
from josepy import b64

from reconciler import pki
from reconciler.ca import payloads
from reconciler.model.account import KeyType
from reconciler.model.identifier import Identifier
from reconciler.model.revocation import RevocationReason
from reconciler.model.role import IdentifierPopulation

NAME = Identifier("dns", "example.org")


def test_constant_payloads() -> None:
    assert json.loads(payloads.CHALLENGE_IS_READY) == {}
    assert json.loads(payloads.FIND_ACCOUNT) == {"onlyReturnExisting": True}
    assert json.loads(payloads.DEACTIVATE) == {"status": "deactivated"}


@pytest.mark.parametrize(
    ("contacts", "sent"),
    [
        ([], []),
        (["a@example.org", "tel:+1"], ["mailto:a@example.org", "tel:+1"]),
    ],
)
def test_new_contacts_replace_the_old_even_if_there_are_none(contacts: list[str], sent: list[str]) -> None:
    assert json.loads(payloads.update_account(contacts)) == {"contact": sent}


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({}, {}),
        ({"profile": "classic"}, {"profile": "classic"}),
        ({"not_after": datetime(2026, 1, 2, 3, 4, 5, 6, UTC)}, {"notAfter": "2026-01-02T03:04:05Z"}),
        ({"replaces": "a.b"}, {"replaces": "a.b"}),
    ],
)
def test_an_order_says_only_what_was_asked_for(asked: dict[str, Any], sent: dict[str, Any]) -> None:
    assert json.loads(payloads.new_order([NAME], **asked)) == {
        "identifiers": [{"type": "dns", "value": "example.org"}],
        **sent,
    }


@pytest.mark.parametrize("reason", RevocationReason)
def test_a_revocation_names_its_reason_unless_there_is_none(reason: RevocationReason) -> None:
    sent = json.loads(payloads.revoke_certificate(b"\x00\xff DER", reason))
    assert b64.b64decode(sent.pop("certificate")) == b"\x00\xff DER"
    assert sent == ({} if reason is RevocationReason.UNSPECIFIED else {"reason": reason.code})


@pytest.mark.parametrize("profile", [None, "classic"])
def test_the_library_would_order_in_the_same_words(profile: str | None) -> None:
    order = messages.NewOrder(
        identifiers=[
            messages.Identifier(typ=messages.IDENTIFIER_FQDN, value="*.example.org"),
            messages.Identifier(typ=messages.IDENTIFIER_IP, value="2001:db8::1"),
        ],
        profile=profile,
    )
    ours = payloads.new_order([Identifier("dns", "*.example.org"), Identifier("ip", "2001:db8::1")], profile)
    assert ours == order.json_dumps().encode()


def test_the_library_would_finalize_in_the_same_words() -> None:
    key = pki.generate_key(KeyType.EC_256)
    csr = pki.csr_der(pki.make_csr(key, [NAME], IdentifierPopulation.CN_FIRST))
    message = messages.CertificateRequest(csr=x509.load_der_x509_csr(csr))
    assert payloads.finalize(csr) == message.json_dumps().encode()
