"""What the engine asks of a CA, by RFC 8555. Implemented by `rfc8555` and by the tests' CA in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Challenge, Status
    from reconciler.model.problem import Problem


@dataclass(frozen=True, slots=True)
class Directory:
    """What the CA says of itself (RFC 8555 section 7.1.1).

    Attributes:
        profiles: the names of those that it offers (draft-ietf-acme-profiles); empty where it knows of none.
    """

    terms_of_service: str | None = None
    external_account_required: bool = False
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExternalAccountBinding:
    """What ties a new account to one the CA knows otherwise (RFC 8555 section 7.3.4).

    Attributes:
        key: the MAC key, decoded; a secret.
    """

    key_identifier: str
    key: bytes

    def __repr__(self) -> str:
        """Hide the key."""
        return f"ExternalAccountBinding({self.key_identifier!r}, ...)"


@dataclass(frozen=True, slots=True)
class AccountAnswer:
    """An account as the CA answers it (RFC 8555 section 7.1.2)."""

    url: str
    status: Status
    contact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """An order as the CA answers it (RFC 8555 section 7.1.3).

    Attributes:
        url: from `Location` at newOrder, otherwise the URL that was asked.
        finalize: None where a CA leaves it out of later answers.
        retry_after: the earliest time to ask again, where the CA named one.
        profile: the one that it will issue by, where the CA says so (draft-ietf-acme-profiles).
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


@dataclass(frozen=True, slots=True)
class AuthorizationAnswer:
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

    @property
    def thumbprint(self) -> str:
        """The account key's thumbprint (RFC 7638, base64url); see RFC 8555 section 8.1."""

    def new_order(self, identifiers: Sequence[Identifier], profile: str | None = None) -> OrderAnswer:
        """Submit an order (RFC 8555 section 7.4).

        `profile` must be one that the directory has (draft-ietf-acme-profiles); None leaves it to the CA.
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

    def download_certificate(self, url: str) -> str:
        """Download the certificate chain, PEM, leaf first (RFC 8555 section 7.4.2)."""
