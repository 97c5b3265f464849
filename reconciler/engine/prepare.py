"""What has to be on disk before a CA hears of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import pki
from reconciler.model.order import OrderFile

if TYPE_CHECKING:
    from reconciler.model.order import Order
    from reconciler.model.role import IdentifierPopulation
    from reconciler.store import Store


def prepare(store: Store, order: Order, population: IdentifierPopulation) -> None:
    """Write an order's private key and CSR, in this order; both are kept where both are there already.

    Until an order is finalized nobody knows its key, so that one which was lost is made anew.

    Raises:
        StateError: something could not be written.
    """
    if not all(store.has_order_file(order.order_id, each) for each in (OrderFile.PRIVATE_KEY, OrderFile.CSR)):
        key = pki.generate_key(order.key_type)
        store.save_order_file(order.order_id, OrderFile.PRIVATE_KEY, key)
        csr = pki.make_csr(key, order.identifiers, population)
        store.save_order_file(order.order_id, OrderFile.CSR, csr)
