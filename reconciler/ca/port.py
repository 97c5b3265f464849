"""What the engine asks of a CA, by RFC 8555. Implemented by `rfc8555` and by the tests' CA in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Challenge, Status
    from reconciler.model.problem import Problem
    from reconciler.model.renewal import RenewalWindow
    from reconciler.model.revocation import RevocationReason


class Directory(Struct, frozen=True):
    """What the CA says of itself (RFC 8555 section 7.1.1).

    Attributes:
        profiles: the names of those that it offers (draft-ietf-acme-profiles); empty where it knows of none.
        renewal_info: whether it says when certificates are to be renewed, and takes `replaces` (RFC 9773).
        caa_identities: what it calls itself in CAA records (RFC 8659); empty where it does not say.
    """

    terms_of_service: str | None = None
    external_account_required: bool = False
    profiles: tuple[str, ...] = ()
    renewal_info: bool = False
    caa_identities: tuple[str, ...] = ()


class ExternalAccountBinding(Struct, frozen=True):
    """What ties a new account to one the CA knows otherwise (RFC 8555 section 7.3.4).

    Attributes:
        key: the MAC key, decoded; a secret.
    """

    key_identifier: str
    key: bytes

    def __repr__(self) -> str:
        """Hide the key."""
        return f"ExternalAccountBinding({self.key_identifier!r}, ...)"


class AccountAnswer(Struct, frozen=True):
    """An account as the CA answers it (RFC 8555 section 7.1.2).

    Attributes:
        orders: where the CA lists its orders; None where it does not.
    """

    url: str
    status: Status
    contact: tuple[str, ...] = ()
    orders: str | None = None


class OrderAnswer(Struct, frozen=True):
    """An order as the CA answers it (RFC 8555 section 7.1.3).

    Attributes:
        url: from `Location` at newOrder, otherwise the URL that was asked.
        finalize: None where a CA leaves it out of later answers.
        retry_after: the earliest time to ask again, where the CA named one.
        profile: the one that it will issue by, where the CA says so (draft-ietf-acme-profiles).
        not_after: the end that was asked for, where one was and the CA says so.
    """

    url: str
    status: Status
    identifiers: tuple[Identifier, ...]
    authorizations: tuple[str, ...]
    finalize: str | None = None
    certificate: str | None = None
    expires: datetime | None = None
    error: Problem | None = None
    retry_after: datetime | None = None
    profile: str | None = None
    not_after: datetime | None = None


class AuthorizationAnswer(Struct, frozen=True):
    """An authorization as the CA answers it (RFC 8555 section 7.1.4).

    Attributes:
        identifier: the name without `*.`, whether or not the CA sent it.
        wildcard: whether it is for the wildcard of that name.
    """

    url: str
    identifier: Identifier
    wildcard: bool
    status: Status
    challenges: tuple[Challenge, ...]
    expires: datetime | None = None
    retry_after: datetime | None = None


class ChainAnswer(Struct, frozen=True):
    """A certificate as it was downloaded (RFC 8555 section 7.4.2).

    Attributes:
        chain_pem: leaf first, as it was sent.
        alternates: the URLs of other chains for the same certificate.
    """

    chain_pem: str
    alternates: tuple[str, ...] = ()


class RenewalAnswer(Struct, frozen=True):
    """When the CA suggests to renew a certificate (RFC 9773 section 4.2).

    Attributes:
        window: None where what it sent is no window: an end that is not after its start.
        retry_after: the earliest time to ask again, where the CA named one; not clamped.
    """

    window: RenewalWindow | None
    retry_after: datetime | None = None


class CertificateAuthority(Protocol):
    """A CA as one account key sees it. Safe for threads.

    No call sleeps. Every call may raise `CAUnavailableError` (try again, not before its `retry_after`),
    `ProblemError` (the CA refused) or `ProtocolError` (the answer makes no sense).
    """

    def directory(self) -> Directory:
        """Read the directory (once; later calls answer from memory)."""

    def new_account(
        self,
        contacts: Sequence[str],
        *,
        terms_of_service_agreed: bool,
        external_account_binding: ExternalAccountBinding | None = None,
    ) -> AccountAnswer:
        """Register this key, or find its account (RFC 8555 section 7.3), and use it from now on."""

    def find_account(self) -> AccountAnswer | None:
        """Find the account of this key (RFC 8555 section 7.3.1), and use it from now on; None: no account."""

    def read_account(self) -> AccountAnswer:
        """Read the account (RFC 8555 section 7.3.2)."""

    def update_account(self, contacts: Sequence[str]) -> AccountAnswer:
        """Give the account these contacts instead of those it has (RFC 8555 section 7.3.2)."""

    def deactivate_account(self) -> AccountAnswer:
        """Deactivate the account, for good (RFC 8555 section 7.3.6)."""

    def change_key(self, new_key: bytes) -> None:
        """Put another key (PEM) in the place of this one (RFC 8555 section 7.3.5).

        Requests go on being signed with the key that this was made with.
        """

    def list_orders(self, url: str, most: int) -> tuple[str, ...]:
        """Return the URLs in the list of the account's orders (RFC 8555 section 7.1.2.1).

        Reads pages until there is no more, or until `most` requests have been sent.
        """

    @property
    def thumbprint(self) -> str:
        """The account key's thumbprint (RFC 7638, base64url); see RFC 8555 section 8.1."""

    def new_order(
        self,
        identifiers: Sequence[Identifier],
        profile: str | None = None,
        *,
        not_after: datetime | None = None,
        replaces: str | None = None,
    ) -> OrderAnswer:
        """Submit an order (RFC 8555 section 7.4).

        Args:
            identifiers: what it is for.
            profile: must be one that the directory has (draft-ietf-acme-profiles); None leaves it to the CA.
            not_after: when the certificate is to end; None leaves it to the CA.
            replaces: the certificate that this one takes the place of (RFC 9773 section 5).
        """

    def read_order(self, url: str) -> OrderAnswer:
        """Read an order."""

    def read_authorization(self, url: str) -> AuthorizationAnswer:
        """Read an authorization (RFC 8555 section 7.5)."""

    def answer_challenge(self, url: str) -> Challenge:
        """Tell the CA that a challenge is ready to be looked at (RFC 8555 section 7.5.1)."""

    def finalize_order(self, url: str, csr: bytes) -> OrderAnswer:
        """Send the CSR (DER) of a ready order to its finalize URL (RFC 8555 section 7.4).

        That URL is the answer's `url`.
        """

    def download_certificate(self, url: str) -> ChainAnswer:
        """Download the certificate chain (RFC 8555 section 7.4.2)."""

    def deactivate_authorization(self, url: str) -> None:
        """Give an authorization up, whatever its status (RFC 8555 section 7.5.2)."""

    def revoke_certificate(
        self, certificate: bytes, reason: RevocationReason, certificate_key: bytes | None = None
    ) -> None:
        """Revoke a certificate (DER), signed by the account's key or by its own (PEM) (RFC 8555 section 7.6).

        `unspecified` sends no reason: both mean the same, and this is what RFC 5280 section 5.3.1 prefers.
        """

    def read_renewal_info(self, certificate_id: str) -> RenewalAnswer:
        """Ask when a certificate is to be renewed (RFC 9773 section 4.1).

        Raises:
            ProtocolError: the CA has no renewal information, or what it sent is none.
        """
