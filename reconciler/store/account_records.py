"""Accounts: their records, their private keys, and those that are archived."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain, count
from typing import TYPE_CHECKING

from reconciler.store import codec
from reconciler.store.key_paths import key_exists, key_versions
from reconciler.store.private import move
from reconciler.store.records import read_record, record_names, record_path
from reconciler.store.shelves import Flawed, Shelves

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from reconciler.model.account import Account

_BY_TIME = "%Y%m%dT%H%M%SZ"


class AccountRecords(Shelves):
    """Accounts, by their names."""

    def accounts(self, flawed: Flawed = None) -> dict[str, Account]:
        """Return all accounts by name."""
        return self._all(self._accounts, flawed)

    def account(self, name: str) -> Account | None:
        """Return the account of that name, None where there is none."""
        return self._accounts.find(name)

    def save_account(self, account: Account) -> None:
        """Write the record of an account."""
        self._accounts.save(account)

    def has_account_key(self, name: str, version: int) -> bool:
        """Say whether a private key of an account is there."""
        return key_exists(self._account_key(name, version))

    def account_key_versions(self, name: str) -> tuple[int, ...]:
        """Return the versions of an account's private keys that are there, the oldest first.

        Raises:
            StateError: their folder cannot be read.
        """
        return key_versions(self._accounts.folder / name)

    def account_key(self, name: str, version: int) -> bytes:
        """Return a private key of an account (PEM)."""
        return self.keys.read(self._account_key(name, version))

    def save_account_key(self, name: str, version: int, key: bytes) -> None:
        """Write a private key of an account (PEM)."""
        self.keys.write(self._account_key(name, version), key)

    def archive_account_key(self, name: str, version: int, now: datetime) -> None:
        """Put a private key that an account was not given out of the way."""
        folder = self._archived_accounts(name) / f"{now:{_BY_TIME}}"
        names = chain([f"refused-{version}.pem"], (f"refused-{version}-{each}.pem" for each in count(2)))
        free = next(each for each in names if not key_exists(folder / each))
        self.keys.move(self._account_key(name, version), folder / free)

    def archived_account(self, name: str) -> Account | None:
        """Return the account of that name that was archived last."""
        folder = self._archived_accounts(name)
        newest = max(
            (each for each in record_names(folder, self._top) if each.endswith("/account")), default=None
        )
        return read_record(record_path(folder, newest), codec.decode_account) if newest else None

    def archive_account(self, account: Account) -> None:
        """Put an account and its keys out of the way, into a folder by its last update; nothing is deleted.

        The keys go first: a run that found keys without a record would register them anew.
        """
        folder = self._archived_accounts(account.name) / f"{account.last_updated_date:{_BY_TIME}}"
        for key in account.account_keys:
            path = self._account_key(account.name, key.key_version)
            self.keys.move(path, folder / path.name)
        move(self._accounts.path(account.name), folder / "account.yaml", self._top, private=True)
        with suppress(OSError):
            (self._accounts.folder / account.name).rmdir()

    def _archived_accounts(self, name: str) -> Path:
        return self.root / "archive" / "accounts" / name

    def _account_key(self, name: str, version: int) -> Path:
        return self._accounts.folder / name / f"key-{version}.pem"
