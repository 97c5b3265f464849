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
_OPEN = frozenset({Status.PENDING, Status.READY})


class OpenOrders:
    """Such orders, each handed out once. Safe for threads."""

    def __init__(self) -> None:
        """Know of none."""
        self._orders: dict[frozenset[Identifier], OrderAnswer] = {}
        self._taking = threading.Lock()

    def look(self, ca: CertificateAuthority, store: Store, orders_url: str | None) -> None:
        """Ask the CA for those that it has.

        Where the CA does not answer, or makes a mess of it, it has none: then an order is made, as with a CA
        that has no list. Whether it is away the request for that order shows.

        Args:
            ca: as the account sees it.
            store: knows which orders are its own.
            orders_url: where the list is; None where the CA has none.
        """
        try:
            listed = ca.list_orders(orders_url, _MOST_PAGES) if orders_url else ()
        except CAError:
            return
        known = store.order_urls() if listed else set()
        for url in [each for each in listed if each not in known][-_MOST_ORDERS:]:
            try:
                answer = ca.read_order(url)
            except CAUnavailableError:
                return
            except CAError:
                continue
            if answer.status in _OPEN:
                self._orders[frozenset(answer.identifiers)] = answer

    def take(self, order: Order) -> OrderAnswer | None:
        """Return one that is for exactly what an order is to ask for, None if there is none."""
        identifiers = frozenset(order.identifiers)
        with self._taking:
            found = self._orders.get(identifiers)
            return self._orders.pop(identifiers) if found and _is_for(found, order) else None


def _is_for(found: OrderAnswer, order: Order) -> bool:
    # Where none is asked for, the CA chooses a profile, and some say which.
    same_profile = order.profile is None or found.profile == order.profile
    return same_profile and found.not_after == order.not_after
