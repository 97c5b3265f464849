"""ACME accounts: the one that is wanted, and the one that the CA knows (RFC 8555 section 7.1.2)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from reconciler.model.finding import Location
    from reconciler.model.problem import Problem


class KeyType(StrEnum):
    """The kinds of keys, by the seed system's names."""

    EC_256 = "ec-256"
    EC_384 = "ec-384"
    EC_521 = "ec-521"
    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"  # of requests that come to us only: no file may ask for such a key
    RSA_4096 = "rsa-4096"
    RSA_8192 = "rsa-8192"


class SecretReference(Struct, frozen=True):
    """Where a secret is to be found when it is needed; exactly one of the two is set.

    Attributes:
        env: the name of an environment variable.
        file: a path, relative to the root of the tree or absolute.
    """

    env: str | None = None
    file: str | None = None

    def __str__(self) -> str:
        """Say where, never what."""
        return f"environment variable {self.env}" if self.env else f"file {self.file}"


class AccountSpec(Struct, frozen=True):
    """`accounts/NAME.yaml`: an account as it is wanted. Field names are the seed system's.

    Attributes:
        key_type: of the first key, and of those that take its place.
        max_concurrent_new_orders: how many newOrder requests may be under way at once: manners to any CA.
        key_max_age: how old the active key may become before another takes its place; None: for ever.
        additional_hosts: where requests may go besides the host of `directory_url`.
    """

    name: str
    directory_url: str
    location: Location
    email_contacts: tuple[str, ...] = ()
    key_type: KeyType = KeyType.EC_256
    terms_of_service_agreed: bool = False
    eab_kid: str | None = None
    eab_key: SecretReference | None = None
    trusted_ca: str | None = None
    max_concurrent_new_orders: int = 4
    key_max_age: timedelta | None = None
    additional_hosts: tuple[str, ...] = ()


class Responder(Struct, frozen=True):
    """Who answers challenges: what key authorizations and the names of records are made of.

    Attributes:
        thumbprint: of the account's key (RFC 7638, base64url).
        account_url: of the account.
    """

    thumbprint: str
    account_url: str = ""


NOBODY = Responder("")
"""In the place of an account that is not in the state any more."""


class AccountKey(Struct, frozen=True):
    """One version of an account's key; the key itself is a file of its own.

    Attributes:
        thumbprint: of the public key (RFC 7638, base64url); with a challenge's token it makes the key
        authorization.
    """

    key_version: int
    key_type: KeyType
    key_creation_date: datetime
    thumbprint: str


class Account(Struct, frozen=True):
    """`state/accounts/NAME.yaml`: an account as the CA knows it.

    Attributes:
        account_keys: all versions that there were, the oldest first.
        account_url: the CA's name for it; None from the making of the key until the CA has answered.
        trusted_ca: what the TLS of a private CA is trusted by (PEM): needed when the tree has no such account
            any more, to deactivate it.
        additional_hosts: where its requests may go besides; needed then too.
        orders_url: where the CA lists the account's orders (RFC 8555 section 7.1.2.1); not every CA does.
        pending_key_version: a key that was, or was to be, put in the place of the active one (RFC 8555
            section 7.3.5); which of the two holds is to be found out.
        caa_identities: what the CA calls itself in the DNS, as its directory says.
        last_error: why the CA does not accept the account any more; cleared when it does.
    """

    name: str
    directory_url: str
    account_keys: tuple[AccountKey, ...]
    active_key_version: int
    creation_date: datetime
    last_updated_date: datetime
    account_url: str | None = None
    email_contacts: tuple[str, ...] = ()
    trusted_ca: str | None = None
    orders_url: str | None = None
    pending_key_version: int | None = None
    last_error: Problem | None = None
    caa_identities: tuple[str, ...] = ()
    additional_hosts: tuple[str, ...] = ()

    @property
    def active_key(self) -> AccountKey:
        """The key that requests are signed with."""
        return next(key for key in self.account_keys if key.key_version == self.active_key_version)

    @property
    def responder(self) -> Responder:
        """What its challenges are answered with."""
        return Responder(self.active_key.thumbprint, self.account_url or "")
