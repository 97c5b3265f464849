"""Certificates: the one that is requested, and the one that was issued."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.model.account import KeyType
    from reconciler.model.evidence import Evidence
    from reconciler.model.finding import Location
    from reconciler.model.identifier import Identifier
    from reconciler.model.renewal import RenewalRule
    from reconciler.model.role import ChallengeType, Role

CERTIFICATE_FILES = ("privkey.pem", "cert.pem", "chain.pem", "fullchain.pem")
"""The files of a delivered certificate, in the order of writing: the key before what needs it."""


@dataclass(frozen=True, slots=True)
class CertificateSpec:
    """`certificates/**/NAME.yaml`: a certificate as it is requested.

    Attributes:
        name: the path below `certificates/`, without the suffix: `shop/www`.
        identifier_locations: the place of each of the identifiers, for findings.
        csr: a certificate signing request that the requester made, as `reconciler.pki.read_csr` returns it:
            one block of PEM. The private key never comes here.
        csr_key_type: the kind of key that the request is for; None without a request.
        csr_digest: the SHA-256 (hex) of the request's DER: what tells it from others; None without a request.
        profile: the CA's profile that is asked for; None leaves it to the role.
    """

    name: str
    role: Role
    identifiers: tuple[Identifier, ...]
    location: Location
    identifier_locations: tuple[Location, ...]
    challenge_type: ChallengeType | None = None
    renew: RenewalRule | None = None
    csr: str | None = None
    csr_key_type: KeyType | None = None
    csr_digest: str | None = None
    profile: str | None = None

    @property
    def key_type(self) -> KeyType:
        """The kind of key that the certificate gets."""
        return self.csr_key_type or self.role.csr_generate_key_type

    @property
    def asked_profile(self) -> str | None:
        """The CA's profile to order with (draft-ietf-acme-profiles); None leaves it to the CA."""
        return self.profile or next(iter(self.role.allowed_profiles), None)

    @property
    def challenge_types(self) -> tuple[ChallengeType, ...]:
        """The types of challenges that may be fulfilled for it, the most wanted first."""
        return (self.challenge_type,) if self.challenge_type else self.role.allowed_challenge_types


@dataclass(frozen=True, slots=True)
class Certificate:
    """`state/certificates/NAME.yaml`: the certificate that is in force, as it was issued.

    Attributes:
        role_name, account_name, identifiers, key_type: what it was ordered with, to see what has changed
        since.
        order_id: the order that made it; its key and chain lie with that order.
        files: the delivered files and the SHA-256 (hex) of each.
        superseded_files: files of the certificates before it that it has no more, likewise: they are taken
            away where they are still what they were.
        csr_digest: of the requester's own request (SHA-256 of the DER, hex); None where key and request are
            of our making.
        profile: the CA's profile that was asked for; None where that was left to the CA.
        evidence: what it was ordered on; None in records from before there was any.
    """

    name: str
    role_name: str
    account_name: str
    identifiers: tuple[Identifier, ...]
    key_type: KeyType
    order_id: str
    serial_number: str
    issuer: str
    not_before: datetime
    not_after: datetime
    files: Mapping[str, str] = field(default_factory=dict)
    superseded_files: Mapping[str, str] = field(default_factory=dict)
    csr_digest: str | None = None
    profile: str | None = None
    evidence: Evidence | None = None
