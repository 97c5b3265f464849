"""What requests say, by the `acme` library's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from acme import messages
from cryptography import x509

if TYPE_CHECKING:
    from collections.abc import Sequence

    from josepy.interfaces import JSONDeSerializable

    from reconciler.model.identifier import Identifier

_TYPES = {"dns": messages.IDENTIFIER_FQDN, "ip": messages.IDENTIFIER_IP}

CHALLENGE_IS_READY = b"{}"
"""RFC 8555 section 7.5.1."""


def new_account(
    contacts: Sequence[str], external_account_binding: dict[str, Any] | None, *, terms_of_service_agreed: bool
) -> bytes:
    """Return the payload of newAccount (RFC 8555 section 7.3).

    A contact without a scheme is an e-mail address.
    """
    members: dict[str, Any] = {}
    if contacts:
        members["contact"] = tuple(each if ":" in each else f"mailto:{each}" for each in contacts)
    if terms_of_service_agreed:
        members["terms_of_service_agreed"] = True
    if external_account_binding is not None:
        members["external_account_binding"] = external_account_binding
    return _json(messages.NewRegistration(**members))


def new_order(identifiers: Sequence[Identifier], profile: str | None = None) -> bytes:
    """Return the payload of newOrder (RFC 8555 section 7.4; `profile`: draft-ietf-acme-profiles)."""
    return _json(
        messages.NewOrder(
            identifiers=[
                messages.Identifier(typ=_TYPES[each.type], value=each.value) for each in identifiers
            ],
            profile=profile,
        )
    )


def finalize(csr: bytes) -> bytes:
    """Return the payload of a finalize request (RFC 8555 section 7.4); `csr` is DER."""
    return _json(messages.CertificateRequest(csr=x509.load_der_x509_csr(csr)))


def _json(message: JSONDeSerializable) -> bytes:
    return str(message.json_dumps()).encode()
