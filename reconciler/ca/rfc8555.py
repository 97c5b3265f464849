"""A certification authority by RFC 8555, as one account's key sees it: the port, in requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.ca import answers, payloads
from reconciler.ca.jws import AccountKey
from reconciler.errors import CAError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.ca.port import (
        AccountAnswer,
        AuthorizationAnswer,
        Directory,
        ExternalAccountBinding,
        OrderAnswer,
    )
    from reconciler.ca.server import Server
    from reconciler.ca.transport import Answer
    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Challenge

_CHAIN = "application/pem-certificate-chain"


class Rfc8555CA:
    """Implements `reconciler.ca.port.CertificateAuthority`; the calls' documentation stands there."""

    def __init__(self, server: Server, account_key: bytes, account_url: str | None = None) -> None:
        """Read the key; sends nothing.

        Args:
            server: the CA's; may serve other accounts too, and outlives this.
            account_key: PEM of an EC (P-256, P-384, P-521) or RSA private key.
            account_url: the CA's name for the account; None until `new_account` has learned it.

        Raises:
            StateError: when the key cannot be read.
        """
        self._server = server
        self._key = AccountKey(account_key)
        self._account_url = account_url

    def directory(self) -> Directory:
        """Read the directory."""
        return self._server.directory()

    def new_account(
        self,
        contacts: Sequence[str],
        *,
        terms_of_service_agreed: bool,
        external_account_binding: ExternalAccountBinding | None = None,
    ) -> AccountAnswer:
        """Register this key, or find its account (RFC 8555 section 7.3)."""
        url = self._server.resource("newAccount")
        bound = (
            self._key.bind(external_account_binding, url) if external_account_binding is not None else None
        )
        payload = payloads.new_account(contacts, bound, terms_of_service_agreed=terms_of_service_agreed)
        answer = self._server.post(
            url, lambda nonce: self._key.sign(url, nonce, payload, account_url=None), repeatable=False
        )
        account = answers.account(answer)
        self._account_url = account.url
        return account

    @property
    def thumbprint(self) -> str:
        """The account key's thumbprint."""
        return self._key.thumbprint

    def new_order(self, identifiers: Sequence[Identifier], profile: str | None = None) -> OrderAnswer:
        """Submit an order (RFC 8555 section 7.4)."""
        answer = self._change(self._server.resource("newOrder"), payloads.new_order(identifiers, profile))
        return answers.order(answer, self._server.now())

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

    def download_certificate(self, url: str) -> str:
        """Download the certificate chain (RFC 8555 section 7.4.2)."""
        return answers.chain(self._read(url, accept=_CHAIN))

    def _read(self, url: str, accept: str | None = None) -> Answer:
        """Send a POST-as-GET (RFC 8555 section 6.3)."""
        return self._server.post(url, self._signer(url, b""), repeatable=True, accept=accept)

    def _change(self, url: str, payload: bytes) -> Answer:
        return self._server.post(url, self._signer(url, payload), repeatable=False)

    def _signer(self, url: str, payload: bytes) -> Callable[[str], bytes]:
        account_url = self._account_url
        if account_url is None:
            raise CAError(f"{self._server.directory_url}: the account is not registered yet")
        return lambda nonce: self._key.sign(url, nonce, payload, account_url)
