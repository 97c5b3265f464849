"""What newAccount says (RFC 8555 section 7.3), by the messages of the `acme` library.

Only this module knows it. It is slow to import, and an account is registered once: so it is imported there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from acme import messages
from cryptography.hazmat.primitives.asymmetric import rsa
from josepy import json_util, jwk

from reconciler.ca.payloads import contact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.ca.port import ExternalAccountBinding
    from reconciler.pki.requests import PublicKey


def new_account(
    contacts: Sequence[str], external_account_binding: dict[str, Any] | None, *, terms_of_service_agreed: bool
) -> bytes:
    """Return the payload of newAccount; see `bind` for `external_account_binding`."""
    members: dict[str, Any] = {}
    if contacts:
        members["contact"] = contact(contacts)
    if terms_of_service_agreed:
        members["terms_of_service_agreed"] = True
    if external_account_binding is not None:
        members["external_account_binding"] = external_account_binding
    return str(messages.NewRegistration(**members).json_dumps()).encode()


def bind(key: PublicKey, binding: ExternalAccountBinding, new_account_url: str) -> dict[str, Any]:
    """Return the `externalAccountBinding` of a newAccount request (RFC 8555 section 7.3.4).

    Args:
        key: the account's.
        binding: what the CA gave to its customer.
        new_account_url: the request's own.
    """
    return messages.ExternalAccountBinding.from_data(
        jwk.JWKRSA(key=key) if isinstance(key, rsa.RSAPublicKey) else jwk.JWKEC(key=key),
        binding.key_identifier,
        json_util.encode_b64jose(binding.key),
        messages.Directory({"newAccount": new_account_url}),
    )
