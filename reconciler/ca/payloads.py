"""What requests say, by the `acme` library's messages."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any

from acme import messages
from cryptography import x509
from josepy import json_util

from reconciler.model.revocation import RevocationReason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from josepy.interfaces import JSONDeSerializable

    from reconciler.model.identifier import Identifier

_TYPES = {"dns": messages.IDENTIFIER_FQDN, "ip": messages.IDENTIFIER_IP}

CHALLENGE_IS_READY = b"{}"
"""RFC 8555 section 7.5.1."""

FIND_ACCOUNT = b'{"onlyReturnExisting": true}'
"""RFC 8555 section 7.3.1."""

DEACTIVATE = b'{"status": "deactivated"}'
"""RFC 8555 section 7.3.6 for accounts, section 7.5.2 for authorizations."""


def new_account(
    contacts: Sequence[str], external_account_binding: dict[str, Any] | None, *, terms_of_service_agreed: bool
) -> bytes:
    """Return the payload of newAccount (RFC 8555 section 7.3)."""
    members: dict[str, Any] = {}
    if contacts:
        members["contact"] = _contact(contacts)
    if terms_of_service_agreed:
        members["terms_of_service_agreed"] = True
    if external_account_binding is not None:
        members["external_account_binding"] = external_account_binding
    return _json(messages.NewRegistration(**members))


def update_account(contacts: Sequence[str]) -> bytes:
    """Return the payload that replaces an account's contacts (RFC 8555 section 7.3.2), perhaps by none."""
    return json.dumps({"contact": _contact(contacts)}).encode()


def new_order(
    identifiers: Sequence[Identifier],
    profile: str | None = None,
    *,
    not_after: datetime | None = None,
    replaces: str | None = None,
) -> bytes:
    """Return the payload of newOrder (RFC 8555 section 7.4).

    The library does not know `notAfter`, nor `replaces` (RFC 9773 section 5); `profile` is of
    draft-ietf-acme-profiles.
    """
    order = messages.NewOrder(
        identifiers=[messages.Identifier(typ=_TYPES[each.type], value=each.value) for each in identifiers],
        profile=profile,
    )
    members: dict[str, Any] = order.to_json()
    if not_after is not None:
        members["notAfter"] = not_after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if replaces is not None:
        members["replaces"] = replaces
    return json.dumps(members).encode()


def finalize(csr: bytes) -> bytes:
    """Return the payload of a finalize request (RFC 8555 section 7.4); `csr` is DER."""
    return _json(messages.CertificateRequest(csr=x509.load_der_x509_csr(csr)))


def revoke_certificate(certificate: bytes, reason: RevocationReason) -> bytes:
    """Return the payload of revokeCert (RFC 8555 section 7.6); `certificate` is DER."""
    members: dict[str, Any] = {"certificate": json_util.encode_b64jose(certificate)}
    if reason is not RevocationReason.UNSPECIFIED:
        members["reason"] = reason.code
    return json.dumps(members).encode()


def _contact(contacts: Sequence[str]) -> tuple[str, ...]:
    """Return contacts as URLs; one without a scheme is an e-mail address."""
    return tuple(each if ":" in each else f"mailto:{each}" for each in contacts)


def _json(message: JSONDeSerializable) -> bytes:
    return str(message.json_dumps()).encode()
