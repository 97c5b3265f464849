"""A certification authority by RFC 8555, as one account's key sees it: the port, in requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.ca import answers, payloads
from reconciler.ca.accounts import AccountRequests
from reconciler.ca.certificates import CertificateRequests

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.ca.port import AuthorizationAnswer, Directory, OrderAnswer
    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Challenge


class Rfc8555CA(AccountRequests, CertificateRequests):
    """Implements `reconciler.ca.port.CertificateAuthority`; the calls' documentation stands there."""

    def directory(self) -> Directory:
        """Read the directory."""
        return self._server.directory()

    def new_order(
        self,
        identifiers: Sequence[Identifier],
        profile: str | None = None,
        *,
        not_after: datetime | None = None,
        replaces: str | None = None,
    ) -> OrderAnswer:
        """Submit an order (RFC 8555 section 7.4)."""
        payload = payloads.new_order(identifiers, profile, not_after=not_after, replaces=replaces)
        return answers.order(self._change(self._server.resource("newOrder"), payload), self._server.now())

    def read_order(self, url: str) -> OrderAnswer:
        """Read an order (RFC 8555 section 7.4)."""
        return answers.order(self._read(url), self._server.now(), url)

    def read_authorization(self, url: str) -> AuthorizationAnswer:
        """Read an authorization (RFC 8555 section 7.5)."""
        return answers.authorization(self._read(url), self._server.now())

    def answer_challenge(self, url: str) -> Challenge:
        """Tell the CA that a challenge is ready to be looked at (RFC 8555 section 7.5.1)."""
        return answers.challenge(self._change(url, payloads.CHALLENGE_IS_READY))

    def finalize_order(self, url: str, csr: bytes) -> OrderAnswer:
        """Send the CSR of a ready order (RFC 8555 section 7.4)."""
        return answers.order(self._change(url, payloads.finalize(csr)), self._server.now(), url)

    def deactivate_authorization(self, url: str) -> None:
        """Give an authorization up (RFC 8555 section 7.5.2)."""
        self._check_is_of_ca(self._change(url, payloads.DEACTIVATE, repeatable=True))
