"""What requests say; that of newAccount is in `registration`.

The tests hold that the `acme` library would say the same, where it knows it.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any

from reconciler.model.revocation import RevocationReason
from reconciler.pki.base64url import base64url

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.model.identifier import Identifier

CHALLENGE_IS_READY = b"{}"
"""RFC 8555 section 7.5.1."""

FIND_ACCOUNT = b'{"onlyReturnExisting": true}'
"""RFC 8555 section 7.3.1."""

DEACTIVATE = b'{"status": "deactivated"}'
"""RFC 8555 section 7.3.6 for accounts, section 7.5.2 for authorizations."""


def update_account(contacts: Sequence[str]) -> bytes:
    """Return the payload that replaces an account's contacts (RFC 8555 section 7.3.2), perhaps by none."""
    return json.dumps({"contact": contact(contacts)}).encode()


def new_order(
    identifiers: Sequence[Identifier],
    profile: str | None = None,
    *,
    not_after: datetime | None = None,
    replaces: str | None = None,
) -> bytes:
    """Return the payload of newOrder (RFC 8555 section 7.4).

    `replaces` is of RFC 9773 section 5, `profile` of draft-ietf-acme-profiles.
    """
    members: dict[str, Any] = {} if profile is None else {"profile": profile}
    members["identifiers"] = [{"type": each.type, "value": each.value} for each in identifiers]
    if not_after is not None:
        members["notAfter"] = not_after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if replaces is not None:
        members["replaces"] = replaces
    return json.dumps(members).encode()


def finalize(csr: bytes) -> bytes:
    """Return the payload of a finalize request (RFC 8555 section 7.4); `csr` is DER."""
    return json.dumps({"csr": base64url(csr)}).encode()


def revoke_certificate(certificate: bytes, reason: RevocationReason) -> bytes:
    """Return the payload of revokeCert (RFC 8555 section 7.6); `certificate` is DER."""
    members: dict[str, Any] = {"certificate": base64url(certificate)}
    if reason is not RevocationReason.UNSPECIFIED:
        members["reason"] = reason.code
    return json.dumps(members).encode()


def contact(contacts: Sequence[str]) -> tuple[str, ...]:
    """Return contacts as URLs; one without a scheme is an e-mail address."""
    return tuple(each if ":" in each else f"mailto:{each}" for each in contacts)
