from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from josepy import b64

from reconciler.ca import payloads
from reconciler.model.identifier import Identifier
from reconciler.model.revocation import RevocationReason

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
