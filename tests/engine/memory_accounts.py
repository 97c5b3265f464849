"""The CA in memory: the part of the port that is about the account itself."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.ca.port import AccountAnswer
from reconciler.errors import CAError
from reconciler.model.order import Status
from reconciler.pki import thumbprint
from tests.engine.memory_server import URL, MemoryAccount, MemoryServer, refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.ca.port import ExternalAccountBinding


class MemoryAccountRequests:
    def __init__(self, server: MemoryServer, key: bytes, account_url: str | None) -> None:
        self._server = server
        self._key = key
        self.account_url = account_url

    @cached_property
    def thumbprint(self) -> str:
        return thumbprint(self._key)

    def new_account(
        self,
        contacts: Sequence[str],
        *,
        terms_of_service_agreed: bool,
        external_account_binding: ExternalAccountBinding | None = None,
    ) -> AccountAnswer:
        server = self._server
        self._asked("new_account")
        with server.lock:
            account = self._found()
            if account is None:
                url = f"{URL}/account/{server.number()}"
                account = server.accounts[url] = MemoryAccount(url, self.thumbprint, tuple(contacts))
        server.after_request("new_account")
        self.account_url = account.url
        return self._account_answer(account)

    def find_account(self) -> AccountAnswer | None:
        self._asked("find_account")
        with self._server.lock:
            account = self._found()
        self._server.after_request("find_account")
        if account is None:
            return None
        self.account_url = account.url
        return self._account_answer(account)

    def read_account(self) -> AccountAnswer:
        self._asked("read_account")
        account = self._account()
        self._server.after_request("read_account")
        return self._account_answer(account)

    def update_account(self, contacts: Sequence[str]) -> AccountAnswer:
        self._asked("update_account")
        with self._server.lock:
            account = self._account()
            account.contacts = tuple(contacts)
        self._server.after_request("update_account")
        return self._account_answer(account)

    def deactivate_account(self) -> AccountAnswer:
        self._asked("deactivate_account")
        with self._server.lock:
            account = self._account()
            account.status = Status.DEACTIVATED
        self._server.after_request("deactivate_account")
        return self._account_answer(account)

    def change_key(self, new_key: bytes) -> None:
        wanted = thumbprint(new_key)
        self._asked("change_key")
        with self._server.lock:
            account = self._account()
            if wanted == account.thumbprint:
                raise refused("malformed", "the new key is the old one")
            if self._server.account_of(wanted) is not None:
                raise refused("conflict", "another account has the new key", 409)
            account.thumbprint = wanted
        self._server.after_request("change_key")

    def list_orders(self, url: str, most: int) -> tuple[str, ...]:
        assert most > 0
        self._asked("list_orders", url)
        with self._server.lock:
            account = self._account()
            if url != f"{account.url}/orders":
                raise refused("malformed", "no such list", 404)
            listed = tuple(
                f"{URL}/order/{each.number}"
                for each in self._server.orders.values()
                if each.account_url == account.url and each.status is not Status.INVALID
            )
        self._server.after_request("list_orders")
        return listed

    def _asked(self, name: str, url: str = "") -> None:
        with self._server.lock:
            self._server.requests[name] += 1
        error = self._server.fail(name, url)
        if error is not None:
            raise error

    def _account(self) -> MemoryAccount:
        """Return the account that signs a request, as far as it may."""
        url = self.account_url
        if url is None:
            raise CAError("the account is not registered yet")
        account = self._server.accounts.get(url)
        if account is None or url in self._server.forgotten:
            raise refused("accountDoesNotExist", f"there is no account {url}")
        if account.status is not Status.VALID:
            raise refused("unauthorized", f"the account is {account.status}", 403)
        if account.thumbprint != self.thumbprint:
            raise refused("malformed", "JWS verification error")
        return account

    def _found(self) -> MemoryAccount | None:
        account = self._server.account_of(self.thumbprint)
        if account is not None and account.status is not Status.VALID:
            raise refused("unauthorized", f"the account of this key is {account.status}", 403)
        return account

    def _account_answer(self, account: MemoryAccount) -> AccountAnswer:
        orders = f"{account.url}/orders" if self._server.lists_orders else None
        return AccountAnswer(account.url, account.status, account.contacts, orders)
