"""What can be set about a Pebble."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

_NINETY_DAYS = 90 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class PebbleOptions:
    """How Pebble behaves; the defaults make it as quick and as predictable as it can be.

    Attributes:
        strict: refuse what is about to be removed from the protocol.
        nonce_reject: percentage of good nonces that are refused (badNonce).
        authorization_reuse: percentage of authorizations that a new order takes over from an older one.
        chain_length: how many intermediates a chain has.
        alternate_roots: how many more chains a certificate is offered with.
        eab_keys: MAC keys (base64url) by key identifier; where given, external account binding is required.
        retry_after_authorization: seconds, in `Retry-After` of authorizations; 0 sends none.
        retry_after_order: likewise of orders.
        orders_per_page: how many of an account's orders it lists at once.
        profiles: lifetimes in seconds by name. An order that names none gets one at random.
        validation_sleeps: wait up to 5 seconds before each validation.
        always_valid: accept every challenge without a look.
        domain_blocklist: names for which no order is accepted.
        key_algorithm: of the CA's own keys.
        answer_http01: let pebble-challtestsrv have the HTTP port, for `add_http01`; a `Webroot` needs it too.
        answer_tls_alpn01: likewise with the TLS port and `add_tls_alpn01`.
        caa_identities: what it calls itself in the DNS: in CAA records (RFC 8659), for dns-persist-01.
        dns_server: host and port of the name server to ask in place of pebble-challtestsrv.
    """

    strict: bool = False
    nonce_reject: int = 0
    authorization_reuse: int = 0
    chain_length: int = 1
    alternate_roots: int = 0
    eab_keys: Mapping[str, str] = field(default_factory=dict)
    retry_after_authorization: int = 0
    retry_after_order: int = 0
    orders_per_page: int = 500
    profiles: Mapping[str, int] = field(default_factory=lambda: {"default": _NINETY_DAYS})
    validation_sleeps: bool = False
    always_valid: bool = False
    domain_blocklist: tuple[str, ...] = ()
    key_algorithm: Literal["ecdsa", "rsa"] = "ecdsa"
    answer_http01: bool = False
    answer_tls_alpn01: bool = False
    caa_identities: tuple[str, ...] = ("pebble.letsencrypt.org",)
    dns_server: str = ""

    def environment(self) -> dict[str, str]:
        """The part of the options that Pebble reads from its environment."""
        return {
            "PEBBLE_WFE_NONCEREJECT": str(self.nonce_reject),
            "PEBBLE_AUTHZREUSE": str(self.authorization_reuse),
            "PEBBLE_CHAIN_LENGTH": str(self.chain_length),
            "PEBBLE_ALTERNATE_ROOTS": str(self.alternate_roots),
            "PEBBLE_WFE_ORDERS_PER_PAGE": str(self.orders_per_page),
            "PEBBLE_VA_NOSLEEP": "0" if self.validation_sleeps else "1",
            "PEBBLE_VA_ALWAYS_VALID": "1" if self.always_valid else "0",
        }

    def configuration(self) -> dict[str, object]:
        """The part of the options that Pebble reads from its configuration file."""
        return {
            "caaIdentities": self.caa_identities,
            "domainBlocklist": self.domain_blocklist,
            "externalAccountBindingRequired": bool(self.eab_keys),
            "externalAccountMACKeys": dict(self.eab_keys),
            "keyAlgorithm": self.key_algorithm,
            "profiles": {
                name: {"description": name, "validityPeriod": seconds}
                for name, seconds in self.profiles.items()
            },
            "retryAfter": {"authz": self.retry_after_authorization, "order": self.retry_after_order},
        }
