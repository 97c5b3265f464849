"""Taking over an account that another client has registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.account_health import gone
from reconciler.engine.accounts import new_account, registered
from reconciler.errors import AccountError
from reconciler.model.order import Status
from reconciler.pki import same_key

if TYPE_CHECKING:
    from reconciler.engine.work import Workplace
    from reconciler.model.account import Account, AccountSpec


def import_account(place: Workplace, spec: AccountSpec, key: bytes) -> Account:
    """Write key and record of an account that the CA has for a key; it may be repeated.

    Nothing is written before the CA has said that it has one (RFC 8555 section 7.3.1).

    Args:
        place: store, clock and CA.
        spec: the account as the tree wants it; says where the CA is.
        key: PEM.

    Raises:
        AccountError: the state has an account of that name, or the CA has none for the key, or one that
            cannot be used.
        CAError: the CA cannot be asked.
        StateError: key or record cannot be written.
    """
    store, name = place.store, spec.name
    known = store.account(name)
    if known is not None and known.account_url is not None:
        raise AccountError(
            f"the state has an account {name} already; `reconciler account show {name}` says which"
        )
    if store.has_account_key(name, 0) and not same_key(store.account_key(name, 0), key):
        raise AccountError(
            f"the state has a key for the account {name} already, which the CA may know: move it away first"
        )
    ca = place.connect(spec, key, None)
    answer = ca.find_account()
    if answer is None:
        raise AccountError(f"the CA at {spec.directory_url} has no account for this key")
    if answer.status is not Status.VALID:
        raise gone(name, answer.status)
    return registered(place, new_account(place, spec, key), answer, (), ca.directory().caa_identities)
