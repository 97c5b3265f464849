"""What has to be on disk before a CA hears of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import pki
from reconciler.model.order import OrderFile

if TYPE_CHECKING:
    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.order import Order
    from reconciler.store import Store


def prepare(store: Store, order: Order, spec: CertificateSpec) -> None:
    """Write what an order is finalized with: the requester's CSR, or a private key and a CSR of our making.

    Key and CSR are kept where both are there already. Until an order is finalized nobody knows its key, so
    that one which was lost is made anew. Of a requester's key nothing is here that could be lost.

    Args:
        store: the state.
        order: it is for what `spec` asks for.
        spec: the requested certificate.

    Raises:
        StateError: something could not be written.
    """
    if spec.csr is not None:
        if store.order_csr(order.order_id) != spec.csr:
            store.save_order_file(order.order_id, OrderFile.CSR, spec.csr.encode("ascii"))
    elif not all(
        store.has_order_file(order.order_id, each) for each in (OrderFile.PRIVATE_KEY, OrderFile.CSR)
    ):
        key = pki.generate_key(order.key_type)
        store.save_order_file(order.order_id, OrderFile.PRIVATE_KEY, key)
        csr = pki.make_csr(key, order.identifiers, spec.role.csr_identifier_population)
        store.save_order_file(order.order_id, OrderFile.CSR, csr)
