"""Orders that the CA has open for an account and that this state does not know.

They are of a copy of this state (another machine, another clone), or of a run that was killed before it had
the answer to newOrder. To make another order for the same names would be to order twice: what is there is
taken up instead. Not every CA lists the orders of an account (RFC 8555 section 7.1.2.1).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from reconciler.errors import CAError, CAUnavailableError
from reconciler.model.order import Status

if TYPE_CHECKING:
    from reconciler.ca.port import CertificateAuthority, OrderAnswer
    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Order
    from reconciler.store import Store

_MOST_PAGES = 5
_MOST_ORDERS = 20  # the newest; CAs list them by age
_MOST_DOUBTS = 3
_OPEN = frozenset({Status.PENDING, Status.READY})


class OpenOrders:
    """Such orders of one account, each handed out once. Safe for threads."""

    def __init__(self, ca: CertificateAuthority, store: Store, orders_url: str | None) -> None:
        """Know of none.

        Args:
            ca: as the account sees it.
            store: knows which orders are its own.
            orders_url: where the list is; None where the CA has none.
        """
        self._ca = ca
        self._store = store
        self._orders_url = orders_url
        self._orders: dict[frozenset[Identifier], OrderAnswer] = {}
        self._doubts: dict[frozenset[Identifier], int] = {}
        self._is_complete = True
        self._taking = threading.Lock()

    def look(self) -> None:
        """Ask the CA for those that it has.

        Where the CA does not answer, or makes a mess of it, it has none: then an order is made, as with a CA
        that has no list. Whether it is away the request for that order shows.
        """
        try:
            self._orders = self._listed()
        except CAUnavailableError:
            self._is_complete = False

    def doubt(self, order: Order, *, earlier: bool = False) -> None:
        """Take note that the CA may have opened this order, and nobody has heard its answer.

        `earlier` says that it was before the CA was asked for the list: whoever has that need not doubt.
        """
        if not earlier or not self._is_complete:
            self._doubts.setdefault(frozenset(order.identifiers), 0)

    def take(self, order: Order) -> OrderAnswer | None:
        """Return one that is for exactly what an order is to ask for, None if there is none.

        Raises:
            CAUnavailableError: there may be one, and the CA does not say; not the fourth time, as some CA
                may never say.
        """
        identifiers = frozenset(order.identifiers)
        # Of the orders for the same identifiers only one is under way, so that nobody else is at this.
        if identifiers in self._doubts:
            self._look_again_for(identifiers)
        with self._taking:
            found = self._orders.get(identifiers)
            return self._orders.pop(identifiers) if found and _is_for(found, order) else None

    def _look_again_for(self, identifiers: frozenset[Identifier]) -> None:
        """Look for what nobody has heard of; all else that is new belongs to tasks that are under way."""
        try:
            listed = self._listed()
        except CAUnavailableError:
            self._doubts[identifiers] += 1
            if self._doubts[identifiers] <= _MOST_DOUBTS:
                raise
            listed = {}
        del self._doubts[identifiers]
        if identifiers in listed:
            self._orders[identifiers] = listed[identifiers]

    def _listed(self) -> dict[frozenset[Identifier], OrderAnswer]:
        """Return what the CA has open and this state does not know.

        Raises:
            CAUnavailableError: it does not say now.
        """
        found: dict[frozenset[Identifier], OrderAnswer] = {}
        try:
            listed = self._ca.list_orders(self._orders_url, _MOST_PAGES) if self._orders_url else ()
        except CAUnavailableError:
            raise
        except CAError:
            return found
        known = self._store.order_urls() if listed else set()
        for url in [each for each in listed if each not in known][-_MOST_ORDERS:]:
            try:
                answer = self._ca.read_order(url)
            except CAUnavailableError:
                raise
            except CAError:
                continue
            if answer.status in _OPEN:
                found[frozenset(answer.identifiers)] = answer
        return found


def _is_for(found: OrderAnswer, order: Order) -> bool:
    # Where none is asked for, the CA chooses a profile, and some say which.
    same_profile = order.profile is None or found.profile == order.profile
    return same_profile and found.not_after == order.not_after
