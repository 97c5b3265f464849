"""What is there: the state directory and the output folder, read without a lock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.deliver.certificates import file_changes
from reconciler.model.observed import Observed

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.observed import FileChanges
    from reconciler.model.order import Order
    from reconciler.store import Store


def observe(store: Store, output: Path) -> Observed:
    """Return all that a plan has to know of the present.

    Raises:
        StateError: a record cannot be read.
    """
    certificates = store.certificates()
    # The orders that certificates came from are settled; in a large state they are nearly all.
    orders = store.orders(without={certificate.order_id for certificate in certificates.values()})
    changes = {
        name: file_changes(output / name, certificate.files, certificate.superseded_files)
        for name, certificate in certificates.items()
    }
    if store.keys.are_encrypted:
        changes = {name: _without_key(change) for name, change in changes.items()}
    return Observed(
        accounts=store.accounts(),
        certificates=certificates,
        orders=_last_of_each_certificate(orders),
        leftovers=store.leftovers(),
        keys=store.keys.look(),
        file_changes={name: change for name, change in changes.items() if _any(change)},
    )


def _last_of_each_certificate(orders: dict[str, Order]) -> dict[str, Order]:
    """Of several orders for one certificate, as killed runs leave them, take the one that replaces others."""
    replaced = {order.previous_order_id for order in orders.values()}
    last = (order for order_id, order in orders.items() if order_id not in replaced)
    return {
        order.certificate_name: order
        for order in sorted(last, key=lambda each: (each.is_open, each.order_id))
    }


def _without_key(change: FileChanges) -> FileChanges:
    """Leave out that the key alone is not there: so it is in each clone of a state that lives in Git."""
    return replace(change, missing=()) if change.missing == ("privkey.pem",) else change


def _any(change: FileChanges) -> bool:
    return bool(change.missing or change.altered or change.superseded)
