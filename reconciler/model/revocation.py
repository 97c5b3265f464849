"""Revocation: the reasons there are, and that a certificate was revoked (RFC 5280 section 5.3.1)."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime


class RevocationReason(StrEnum):
    """Why a certificate is revoked, by the seed system's names."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "key_compromise"
    CA_COMPROMISE = "ca_compromise"
    AFFILIATION_CHANGED = "affiliation_changed"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessation_of_operation"
    CERTIFICATE_HOLD = "certificate_hold"
    REMOVE_FROM_CRL = "remove_from_crl"
    PRIVILEGE_WITHDRAWN = "privilege_withdrawn"
    AA_COMPROMISE = "aa_compromise"

    @property
    def code(self) -> int:
        """The number of the CRLReason."""
        return _CODES[self]

    @property
    def is_possible(self) -> bool:
        """Whether a certificate can be revoked for it at all.

        `remove_from_crl` takes a certificate off a delta CRL again (RFC 5280 section 5.3.1): it revokes
        nothing.
        """
        return self is not RevocationReason.REMOVE_FROM_CRL


# 7 is not used.
_CODES = MappingProxyType(dict(zip(RevocationReason, (0, 1, 2, 3, 4, 5, 6, 8, 9, 10), strict=True)))


NOT_POSSIBLE = "revokes nothing: it takes a certificate off a list again (RFC 5280 section 5.3.1)"
"""Why a reason is not possible, to follow its name."""

UNKNOWN_REQUEST = "0" * 64
"""The request of a revocation while the tree could not be read: whatever it asks for, nothing is ordered."""


class Revocation(Struct, frozen=True):
    """That a certificate was revoked.

    Attributes:
        date: when the CA said so.
        request: what the tree asked for then (see `CertificateSpec.digest`): as long as it asks for the same,
            no other certificate is ordered.
    """

    date: datetime
    reason: RevocationReason
    request: str | None = None
