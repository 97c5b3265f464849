"""All that cannot be read in a state."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.flaw import FlawedRecord
    from reconciler.store import Store


def flaws(store: Store) -> list[FlawedRecord]:
    """Return what there is to say of all records that cannot be read, archived orders among them."""
    flawed: list[FlawedRecord] = []
    store.accounts(flawed)
    store.certificates(flawed)
    store.orders(flawed)
    store.archived_orders(flawed)
    store.leftovers(flawed)
    store.claims(flawed)
    store.keys.look(flawed)
    return flawed
