"""Putting another key in the place of an account's (RFC 8555 section 7.3.5), such that no crash loses it.

The new key is on disk, and then its version in the record as the pending one, before the CA hears of it. As
long as a version is pending nobody knows which of the two keys holds: the answer may have been lost. The CA
is then asked for the account of the new key, and the change ended or done.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler import pki
from reconciler.errors import AccountError, ProblemError, ProtocolError
from reconciler.model.account import AccountKey

if TYPE_CHECKING:
    from reconciler.engine.work import Workplace
    from reconciler.model.account import Account, AccountSpec, KeyType
    from reconciler.model.order import Authorization, Order


def change_key(place: Workplace, spec: AccountSpec, account: Account, key_type: KeyType) -> Account:
    """Give an account a new key, or end a change that was begun; return the account as it is then.

    Args:
        place: store and CA.
        spec: where the CA is.
        account: registered.
        key_type: of the new key; a change that was begun goes on with the key that it has.

    Raises:
        ProblemError, ProtocolError, AccountError: the CA has refused; the old key holds, and nothing is
            pending.
        CAUnavailableError: it is not known whether the CA has changed the key: call this again.
    """
    begun = account.pending_key_version is not None
    if not begun:
        account = _begin(place, spec, account, key_type)
    if begun and _holds(place, spec, account):
        return _finish(place, account)
    version = account.pending_key_version or 0
    try:
        old = place.store.account_key(account.name, account.active_key_version)
        place.connect(spec, old, account.account_url).change_key(
            place.store.account_key(account.name, version)
        )
    except (ProblemError, ProtocolError):
        # The refusal of a request that was sent twice may mean that the first one was served.
        if _holds(place, spec, account):
            return _finish(place, account)
        _give_up(place, account)
        raise
    return _finish(place, account)


def _begin(place: Workplace, spec: AccountSpec, account: Account, key_type: KeyType) -> Account:
    store, name = place.store, account.name
    version = max(key.key_version for key in account.account_keys) + 1
    # A key that is there without a record was never sent.
    store.save_account_key(name, version, pki.generate_key(key_type))
    pem = store.account_key(name, version)
    thumbprint = place.connect(spec, pem, None).thumbprint
    key = AccountKey(version, pki.key_type_of(pem), place.clock.now(), thumbprint)
    account = replace(account, account_keys=(*account.account_keys, key), pending_key_version=version)
    store.save_account(account)
    return account


def _holds(place: Workplace, spec: AccountSpec, account: Account) -> bool:
    """Say whether the CA has the new key for the account by now."""
    key = place.store.account_key(account.name, account.pending_key_version or 0)
    found = place.connect(spec, key, None).find_account()
    if found is not None and found.url != account.account_url:
        raise AccountError(
            f"the CA has the new key of the account {account.name} for another account: {found.url}"
        )
    return found is not None


def _finish(place: Workplace, account: Account) -> Account:
    """Make the new key the active one; what people have fulfilled with the old one they have to do again."""
    for order in place.store.orders().values():
        if order.is_open and order.account_name == account.name:
            again = _unfulfilled(order)
            if again != order:
                place.store.save_order(again)
    account = replace(
        account,
        active_key_version=account.pending_key_version or 0,
        pending_key_version=None,
        last_updated_date=place.clock.now(),
    )
    place.store.save_account(account)
    return account


def _give_up(place: Workplace, account: Account) -> None:
    version = account.pending_key_version or 0
    keys = tuple(key for key in account.account_keys if key.key_version != version)
    place.store.save_account(replace(account, account_keys=keys, pending_key_version=None))
    place.store.discard_account_key(account.name, version)


def _unfulfilled(order: Order) -> Order:
    """Return an order with nothing fulfilled by hand: the key authorizations are others now (section 8.1)."""

    def again(authorization: Authorization) -> Authorization:
        stays = authorization.answered or not authorization.by_hand
        return authorization if stays else replace(authorization, fulfilled=False)

    return replace(order, authorizations=tuple(map(again, order.authorizations)))
