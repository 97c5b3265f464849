"""The requests of the port that are about the account itself (RFC 8555 section 7.3)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.ca import account_answers, payloads
from reconciler.ca.jws import AccountKey
from reconciler.ca.links import next_page
from reconciler.ca.problems import StatusError
from reconciler.ca.session import Session
from reconciler.errors import CAError, ProblemError, ProtocolError
from reconciler.model.order import Status
from reconciler.model.problem import ACME_ERROR, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.ca.port import AccountAnswer, ExternalAccountBinding

_KEY_CHANGES = "changes of account keys"
_NOT_THERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})
_NO_ACCOUNT = "accountDoesNotExist"


class AccountRequests(Session):
    """A part of `Rfc8555CA`; the calls' documentation stands in `reconciler.ca.port`."""

    def new_account(
        self,
        contacts: Sequence[str],
        *,
        terms_of_service_agreed: bool,
        external_account_binding: ExternalAccountBinding | None = None,
    ) -> AccountAnswer:
        """Register this key, or find its account (RFC 8555 section 7.3)."""
        from reconciler.ca import registration  # slow to import, and this is done once

        url = self._server.resource("newAccount")
        bound = (
            registration.bind(self._key.public_key, external_account_binding, url)
            if external_account_binding is not None
            else None
        )
        payload = registration.new_account(contacts, bound, terms_of_service_agreed=terms_of_service_agreed)
        return self._named(url, payload, repeatable=False)

    def find_account(self) -> AccountAnswer | None:
        """Find the account of this key (RFC 8555 section 7.3.1)."""
        url = self._server.resource("newAccount")
        try:
            return self._named(url, payloads.FIND_ACCOUNT, repeatable=True)
        except ProblemError as error:
            if error.problem.code == _NO_ACCOUNT:
                return None
            raise

    def read_account(self) -> AccountAnswer:
        """Read the account (RFC 8555 section 7.3.2)."""
        url = self._known_url()
        return account_answers.known_account(self._read(url), url)

    def update_account(self, contacts: Sequence[str]) -> AccountAnswer:
        """Give the account these contacts (RFC 8555 section 7.3.2)."""
        url = self._known_url()
        answer = self._change(url, payloads.update_account(contacts), repeatable=True)
        self._check_is_of_ca(answer)
        return account_answers.known_account(answer, url, Status.VALID)

    def deactivate_account(self) -> AccountAnswer:
        """Deactivate the account (RFC 8555 section 7.3.6)."""
        url = self._known_url()
        answer = self._change(url, payloads.DEACTIVATE)
        self._check_is_of_ca(answer)
        return account_answers.known_account(answer, url, presumed=Status.DEACTIVATED)

    def change_key(self, new_key: bytes) -> None:
        """Put another key in the place of this one (RFC 8555 section 7.3.5)."""
        account_url = self._known_url()
        url = self._server.offer("keyChange", _KEY_CHANGES)
        inner = self._key.change(AccountKey(new_key), url, account_url)
        try:
            answer = self._change(url, inner)
        except (ProblemError, StatusError) as error:
            clearer = _refused_key_change(error, url)
            if clearer is None:
                raise
            raise clearer from error
        self._check_is_of_ca(answer)

    def list_orders(self, url: str, most: int) -> tuple[str, ...]:
        """Return the URLs in the list of the account's orders (RFC 8555 section 7.1.2.1)."""
        orders: dict[str, None] = {}
        pages: set[str] = set()
        page: str | None = url
        while page is not None and page not in pages and len(pages) < most:
            pages.add(page)
            answer = self._read(page)
            orders.update(dict.fromkeys(account_answers.listed_orders(answer)))
            page = next_page(answer)
        return tuple(orders)

    def _named(self, url: str, payload: bytes, *, repeatable: bool) -> AccountAnswer:
        """Send what the CA answers with the URL of this key's account, and keep that URL."""
        answer = self._send_with_key(self._key, url, payload, repeatable=repeatable)
        account = account_answers.account(answer)
        self._account_url = account.url
        return account


def _refused_key_change(error: ProblemError | StatusError, url: str) -> CAError | None:
    """Return what to say of a key change that the CA refused; None where it has said it itself."""
    if isinstance(error, ProblemError):
        code, status = error.problem.code, error.problem.status
    else:
        code, status = None, error.status
    if status in _NOT_THERE and code != _NO_ACCOUNT:
        return ProtocolError(f"{url}: the CA does not offer {_KEY_CHANGES} ({error})")
    if status == HTTPStatus.CONFLICT and code is None:
        # The RFC asks for no more than the status and a Location.
        return ProblemError(Problem(f"{ACME_ERROR}conflict", "another account has the new key", status))
    return None
