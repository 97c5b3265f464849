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
    """Write a new order's record, private key and CSR, in this order; what is there already is kept.

    Raises:
        StateError: something could not be written.
    """
    store.save_order(order)
    if not store.has_order_file(order.order_id, OrderFile.CSR):
        key = pki.generate_key(order.key_type)
        store.save_order_file(order.order_id, OrderFile.PRIVATE_KEY, key)
        csr = pki.make_csr(key, order.identifiers, population)
        store.save_order_file(order.order_id, OrderFile.CSR, csr)
