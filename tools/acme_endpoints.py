"""What a request to Pebble is for, told from its path."""

from __future__ import annotations

from enum import StrEnum


class Endpoint(StrEnum):
    """The resources of a CA (RFC 8555 section 7.1, RFC 9773)."""

    DIRECTORY = "directory"
    NEW_NONCE = "newNonce"
    NEW_ACCOUNT = "newAccount"
    ACCOUNT = "account"
    KEY_CHANGE = "keyChange"
    ORDERS = "orders"
    NEW_ORDER = "newOrder"
    ORDER = "order"
    AUTHORIZATION = "authorization"
    CHALLENGE = "challenge"
    FINALIZE = "finalize"
    CERTIFICATE = "certificate"
    RENEWAL_INFO = "renewalInfo"
    REVOKE_CERT = "revokeCert"


_OF_PEBBLE = {
    "dir": Endpoint.DIRECTORY,
    "nonce-plz": Endpoint.NEW_NONCE,
    "sign-me-up": Endpoint.NEW_ACCOUNT,
    "my-account": Endpoint.ACCOUNT,
    "rollover-account-key": Endpoint.KEY_CHANGE,
    "list-orderz": Endpoint.ORDERS,
    "order-plz": Endpoint.NEW_ORDER,
    "my-order": Endpoint.ORDER,
    "authZ": Endpoint.AUTHORIZATION,
    "chalZ": Endpoint.CHALLENGE,
    "finalize-order": Endpoint.FINALIZE,
    "certZ": Endpoint.CERTIFICATE,
    "draft-ietf-acme-ari-03": Endpoint.RENEWAL_INFO,
    "revoke-cert": Endpoint.REVOKE_CERT,
}


def endpoint_of(path: str) -> Endpoint:
    """Return what a path of Pebble's is.

    Raises:
        ValueError: Pebble has no such path.
    """
    first = path.partition("?")[0].strip("/").partition("/")[0]
    try:
        return _OF_PEBBLE[first]
    except KeyError:
        raise ValueError(f"Pebble has no path {path}") from None
