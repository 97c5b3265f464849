"""Certificates: the one that is requested, and the one that was issued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.model.renewal import renewal_due_at

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.model.account import KeyType
    from reconciler.model.evidence import Evidence
    from reconciler.model.finding import Location
    from reconciler.model.identifier import Identifier
    from reconciler.model.origin import Origin
    from reconciler.model.places import Places
    from reconciler.model.renewal import RenewalInfo, RenewalRule
    from reconciler.model.requested_end import RequestedEnd
    from reconciler.model.revocation import Revocation, RevocationReason
    from reconciler.model.role import ChallengeType, Role

PUBLIC_FILES = ("cert.pem", "chain.pem", "fullchain.pem")
CERTIFICATE_FILES = ("privkey.pem", *PUBLIC_FILES)
"""The files of a delivered certificate, in the order of writing: the key before what needs it."""


class CertificateSpec(Struct, frozen=True):
    """`certificates/**/NAME.yaml`: a certificate as it is requested.

    Attributes:
        name: the path below `certificates/`, without the suffix: `shop/www`.
        location: where it stands in the tree.
        places: where its parts do.
        csr: a certificate signing request that the requester made, as `reconciler.pki.read_csr` returns it:
            one block of PEM. The private key never comes here.
        csr_key_type: the kind of key that the request is for; None without a request.
        csr_digest: the SHA-256 (hex) of the request's DER: what tells it from others; None without a request.
        profile: the CA's profile that is asked for; None leaves it to the role.
        wanted_key_type: the kind of key that is asked for; None leaves it to the role.
        reuse_key: whether a renewal keeps the key of the certificate before it.
        must_staple: whether the certificate is to say that its server staples (TLS feature, RFC 7633).
        preferred_chain: the common name of an issuer in the wanted chain, where the CA offers several;
            None leaves it to the role.
        not_after: when it is to end; None leaves it to the CA.
        revoke: that it is to be revoked, and why; then nothing is ordered.
        fulfillment: for a type of challenge, the DNS provider by its name, or `manual`; what is not named is
            left to the role, and then to the settings.
    """

    name: str
    role: Role
    identifiers: tuple[Identifier, ...]
    location: Location
    places: Places
    challenge_type: ChallengeType | None = None
    renew: RenewalRule | None = None
    csr: str | None = None
    csr_key_type: KeyType | None = None
    csr_digest: str | None = None
    profile: str | None = None
    wanted_key_type: KeyType | None = None
    reuse_key: bool = False
    must_staple: bool = False
    preferred_chain: str | None = None
    not_after: RequestedEnd | None = None
    revoke: RevocationReason | None = None
    fulfillment: Mapping[ChallengeType, str] = field(default_factory=dict)

    @property
    def identifier_locations(self) -> tuple[Location, ...]:
        """The place of each of the identifiers, for findings."""
        return self.places.identifiers

    def place_of(self, *names: str) -> Location:
        """Return the place of the first of these fields that is there; that of the whole if none is."""
        fields = self.places.fields
        return next((fields[name] for name in names if name in fields), self.location)

    @property
    def key_type(self) -> KeyType:
        """The kind of key that the certificate gets."""
        return self.csr_key_type or self.wanted_key_type or self.role.csr_generate_key_type

    @property
    def chain_issuer(self) -> str | None:
        """The common name of an issuer in the chain to take; None takes the one that the CA prefers."""
        return self.preferred_chain or self.role.preferred_chain

    @property
    def asked_profile(self) -> str | None:
        """The CA's profile to order with (draft-ietf-acme-profiles); None leaves it to the CA."""
        return self.profile or next(iter(self.role.allowed_profiles), None)

    @property
    def requested_end(self) -> str | None:
        """When it is to end, as records have it; None leaves it to the CA."""
        return str(self.not_after) if self.not_after else None

    @property
    def challenge_types(self) -> tuple[ChallengeType, ...]:
        """The types of challenges that may be fulfilled for it, the most wanted first."""
        return (self.challenge_type,) if self.challenge_type else self.role.allowed_challenge_types

    @property
    def digest(self) -> str:
        """The SHA-256 (hex) of all that its file asks for: another one, and it is another request.

        What the role decides in its place is no part of it, and neither is what it does not ask for: so a
        field that comes with a later version changes nothing.
        """
        import hashlib  # what they need is slow to import, and few are asked
        import json

        asked = {
            "role": self.role.name,
            "identifiers": sorted(each.value for each in self.identifiers),
            "key_type": self.wanted_key_type,
            "csr": self.csr_digest,
            "profile": self.profile,
            "challenge_type": self.challenge_type,
            "reuse_key": self.reuse_key,
            "must_staple": self.must_staple,
            "preferred_chain": self.preferred_chain,
            "not_after": self.requested_end,
            "revoke": self.revoke,
        }
        present = {name: value for name, value in asked.items() if value}
        return hashlib.sha256(json.dumps(present, sort_keys=True).encode("ascii")).hexdigest()


class Certificate(Struct, frozen=True):
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
        must_staple, requested_end: what was asked for besides; the latter as `str(RequestedEnd)`.
        certificate_id: what the CA knows it by when it is asked for renewal information (RFC 9773 section
            4.1); None where it has no authority key identifier, and in records from before.
        renewal_info: when the CA wants it renewed; None as long as it was not asked, or has no say.
        revocation: that it was revoked; it stays the certificate in force until another takes its place.
        order_anew: whether somebody has said that another is to take the place of the revoked one.
        suggested: whether it was ordered because the CA had suggested that (RFC 9773).
        origin: what its order was made from; None in records from before there was any.
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
    must_staple: bool = False
    requested_end: str | None = None
    certificate_id: str | None = None
    renewal_info: RenewalInfo | None = None
    revocation: Revocation | None = None
    order_anew: bool = False
    suggested: bool = False
    origin: Origin | None = None

    @property
    def suggestible_from(self) -> datetime:
        """The moment from which a suggestion of the CA counts, where it was ordered for one."""
        return self.not_before + (self.not_after - self.not_before) / 10

    def renewal_due_at(self, rule: RenewalRule | None, now: datetime) -> datetime:
        """Return the moment from which it is to be renewed, see `reconciler.model.renewal.renewal_due_at`.

        One suggestion does not follow another before a tenth of its life is over: a CA that always suggests
        the past would issue at every run. (A window in the past means: at once, RFC 9773 section 4.2.)
        """
        too_soon = self.suggested and now < self.suggestible_from
        info = None if too_soon else self.renewal_info
        return renewal_due_at(self.not_before, self.not_after, rule, info)
