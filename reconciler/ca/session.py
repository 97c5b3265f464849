"""Signed requests of one account's key, which the port is made of (RFC 8555 section 6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.ca.failures import GarbledAnswerError
from reconciler.ca.jws import AccountKey
from reconciler.ca.nonces import is_nonce
from reconciler.errors import CAError

if TYPE_CHECKING:
    from reconciler.ca.server import Server
    from reconciler.ca.transport import Answer


class Session:
    """One account's key at one CA."""

    def __init__(self, server: Server, account_key: bytes, account_url: str | None = None) -> None:
        """Read the key; sends nothing.

        Args:
            server: the CA's; may serve other accounts too, and outlives this.
            account_key: PEM of an EC (P-256, P-384, P-521) or RSA private key.
            account_url: the CA's name for the account; None until `new_account` or `find_account` has learned
                it.

        Raises:
            StateError: when the key cannot be read.
        """
        self._server = server
        self._key = AccountKey(account_key)
        self._account_url = account_url

    @property
    def thumbprint(self) -> str:
        """The account key's thumbprint."""
        return self._key.thumbprint

    def _known_url(self) -> str:
        if self._account_url is None:
            raise CAError(f"{self._server.directory_url}: the account is not registered yet")
        return self._account_url

    def _read(self, url: str, accept: str | None = None) -> Answer:
        """Send a POST-as-GET (RFC 8555 section 6.3)."""
        account_url = self._known_url()
        return self._server.post(
            url,
            lambda nonce: self._key.sign(url, nonce, b"", account_url),
            repeatable=True,
            accept=accept,
        )

    def _change(self, url: str, payload: bytes, *, repeatable: bool = False) -> Answer:
        """Send something in the account's name; see `Server.post` for `repeatable`."""
        account_url = self._known_url()
        return self._server.post(
            url, lambda nonce: self._key.sign(url, nonce, payload, account_url), repeatable=repeatable
        )

    def _check_is_of_ca(self, answer: Answer) -> None:
        """See that an answer which need not say anything is the CA's.

        "200 OK" is all that is asked of it, and anybody says that: a load balancer with a page of its own.
        A CA sends a fresh nonce with each answer (RFC 8555 section 6.5).

        Raises:
            GarbledAnswerError: it may not be the CA's.
        """
        if not is_nonce(answer.headers.get("Replay-Nonce")):
            raise GarbledAnswerError(
                f"{answer.url}: the answer may not be the CA's: it holds no nonce (the header Replay-Nonce)"
            )

    def _send_with_key(self, key: AccountKey, url: str, payload: bytes, *, repeatable: bool) -> Answer:
        """Send what is signed by a key that stands in the request itself, rather than by an account."""
        return self._server.post(
            url, lambda nonce: key.sign(url, nonce, payload, account_url=None), repeatable=repeatable
        )
