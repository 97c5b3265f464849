"""Putting another key in the place of an account's (RFC 8555 section 7.3.5), such that no crash loses it.

The new key is on disk, and then its version in the record as the pending one, before the CA hears of it. As
long as a version is pending nobody knows which of the two keys holds: the answer may have been lost, or the
request be on its way still. The CA is then asked for the account by each of them. A key that was sent is
never thrown away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler import pki
from reconciler.engine.account_health import gone, is_refusal_of_account
from reconciler.errors import ProblemError, ProtocolError
from reconciler.model.account import AccountKey
from reconciler.model.order import Status

if TYPE_CHECKING:
    from reconciler.engine.work import Workplace
    from reconciler.model.account import Account, AccountSpec, KeyType
    from reconciler.model.order import Authorization, Order
    from reconciler.model.problem import Problem

_CONFLICT = "conflict"


def change_key(place: Workplace, spec: AccountSpec, account: Account, key_type: KeyType) -> Account:
    """Give an account a new key, or end a change that was begun; return the account as it is then.

    Args:
        place: store and CA.
        spec: where the CA is.
        account: registered.
        key_type: of the new key; a change that was begun goes on with the key that it has.

    Raises:
        ProblemError, ProtocolError: the CA has refused. The change stays pending where the CA may have got
            the new key by an earlier request; otherwise it is given up, and the key archived.
        CAUnavailableError: it is not known whether the CA has changed the key; the change is pending.
        RecordError: an order that may be one of this account cannot be read; nothing was done.
    """
    place.store.open_orders_through(account.name)  # one that cannot be read could not be told of it
    begun = account.pending_key_version is not None
    if not begun:
        account = _begin(place, spec, account, key_type)
    elif _refusal(place, spec, account, account.pending_key_version or 0) is None:
        return _finish(place, account)
    version = account.pending_key_version or 0
    try:
        old = place.store.account_key(account.name, account.active_key_version)
        place.connect(spec, old, account.account_url).change_key(
            place.store.account_key(account.name, version)
        )
    except (ProblemError, ProtocolError) as error:
        # The refusal of a request that was sent twice may mean that the first one was served.
        if _refusal(place, spec, account, version) is None:
            return _finish(place, account)
        is_conflict = isinstance(error, ProblemError) and error.problem.code == _CONFLICT
        if not (begun or is_conflict):
            _give_up(place, account)
        raise
    return _finish(place, account)


def settle(place: Workplace, spec: AccountSpec, account: Account) -> Account:
    """Find out which key holds where a change is pending; return the account with that as the active one.

    Where it is the old one, the change stays pending.

    Raises:
        AccountGoneError: the CA does not accept the account by either key.
        CAUnavailableError, ProtocolError: the CA cannot be asked.
    """
    if account.pending_key_version is None:
        return account
    if _refusal(place, spec, account, account.pending_key_version) is None:
        return _finish(place, account)
    refusal = _refusal(place, spec, account, account.active_key_version)
    if refusal is not None:
        raise gone(account.name, refusal)
    return account


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


def _refusal(place: Workplace, spec: AccountSpec, account: Account, version: int) -> Problem | None:
    """Return why the CA does not take a key for the account's; None if it does (RFC 8555 section 7.3.2)."""
    key = place.store.account_key(account.name, version)
    try:
        answer = place.connect(spec, key, account.account_url).read_account()
    except ProblemError as error:
        if is_refusal_of_account(error.problem):
            return error.problem
        raise
    return None if answer.status is Status.VALID else gone(account.name, answer.status).problem


def _finish(place: Workplace, account: Account) -> Account:
    """Make the new key the active one; what people have fulfilled with the old one they have to do again."""
    for order in place.store.open_orders_through(account.name):
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
    place.store.archive_account_key(account.name, version, place.clock.now())


def _unfulfilled(order: Order) -> Order:
    """Return an order with nothing fulfilled by hand: the key authorizations are others now (section 8.1)."""

    def again(authorization: Authorization) -> Authorization:
        stays = authorization.answered or not authorization.by_hand
        return authorization if stays else replace(authorization, fulfilled=False)

    return replace(order, authorizations=tuple(map(again, order.authorizations)))
