"""The accounts: which to register, to update, to give another key, to deactivate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.order import Stage
from reconciler.plan import reasons as why
from reconciler.plan.actions import (
    CreateOrder,
    DeactivateAccount,
    HeldBackKey,
    RegisterAccount,
    ResumeOrder,
    RotateKey,
    UpdateAccount,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from reconciler.model.account import Account, AccountSpec
    from reconciler.model.desired import Desired
    from reconciler.model.observed import Observed
    from reconciler.model.order import Order
    from reconciler.plan.actions import Action
    from reconciler.plan.reasons import Reason


def registrations(
    desired: Desired, observed: Observed, actions: Iterable[Action]
) -> Iterator[RegisterAccount]:
    """Yield the accounts that orders need and the CA does not know."""
    needed = {action.account_name for action in actions if isinstance(action, CreateOrder | ResumeOrder)}
    for name in sorted(needed & desired.accounts.keys()):
        known = observed.accounts.get(name)
        if known is None or known.account_url is None:
            yield RegisterAccount(desired.accounts[name], (why.AccountNotRegistered(),))


def changes(
    desired: Desired, observed: Observed, now: datetime
) -> Iterator[UpdateAccount | RotateKey | HeldBackKey]:
    """Yield what is to be changed about accounts that are registered."""
    for name, spec in sorted(desired.accounts.items()):
        known = observed.accounts.get(name)
        # One that would have to move to another CA is a finding (see `refusals`), and left alone.
        if known is None or known.account_url is None or known.directory_url != spec.directory_url:
            continue
        different = tuple(_differences(spec, known))
        if different:
            yield UpdateAccount(spec, different)
        rotation = _rotation(spec, known, now)
        if rotation is None:
            continue
        orders = under_way(name, observed.orders.values(), now)
        if orders and known.pending_key_version is None:
            waits = why.OrdersUnderWay(tuple(each.order_id for each in orders))
            yield HeldBackKey(spec, (rotation, waits))
        else:
            yield RotateKey(spec, (rotation,))


def deactivations(
    desired: Desired, observed: Observed, now: datetime, denied: Collection[str]
) -> Iterator[DeactivateAccount]:
    """Yield the accounts that the tree has no more; not those that orders which are left alone go through.

    A role that names such an account is an error of the tree, so none does.
    """
    for name, known in sorted(observed.accounts.items()):
        orders = under_way(name, observed.orders.values(), now)
        left = any(
            order.certificate_name in denied or order.stage is Stage.FETCHING_CERTIFICATE for order in orders
        )
        if name not in desired.accounts and not left:
            yield DeactivateAccount(known, (why.NoLongerRequested(),))


def under_way(account_name: str, orders: Iterable[Order], now: datetime) -> list[Order]:
    """Return the orders of an account that the CA knows, or may know, and has not given up by `now`."""
    return [order for order in orders if order.account_name == account_name and order.is_under_way(now)]


def _differences(spec: AccountSpec, known: Account) -> Iterator[Reason]:
    if set(spec.email_contacts) != set(known.email_contacts):
        yield why.ContactsChanged(known.email_contacts, spec.email_contacts)
    if (spec.trusted_ca or "").strip() != (known.trusted_ca or "").strip():
        yield why.TrustedCaChanged()
    if set(spec.additional_hosts) != set(known.additional_hosts):
        yield why.AdditionalHostsChanged(known.additional_hosts, spec.additional_hosts)


def _rotation(
    spec: AccountSpec, known: Account, now: datetime
) -> why.KeyTooOld | why.KeyChangePending | None:
    if known.pending_key_version is not None:
        return why.KeyChangePending(known.pending_key_version)
    key = known.active_key
    if spec.key_max_age is None:
        return None
    since = key.key_creation_date + spec.key_max_age
    if now < since:
        return None
    return why.KeyTooOld(key.key_version, key.key_creation_date, spec.key_max_age, since)
