"""What `order fulfilled` has done, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.order import Status
from reconciler.render.documents import Document, document
from reconciler.render.flaws import flaw_documents
from reconciler.render.text import clean, names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.order import Order


def fulfilled_document(orders: Sequence[Order], flawed: Sequence[FlawedRecord] = ()) -> Document:
    """Return for programs what is marked as fulfilled, what is still to be done, and what cannot be read."""
    entries = [
        {
            "order_id": order.order_id,
            "certificate_name": order.certificate_name,
            "fulfilled": _identifiers(order, done=True),
            "waiting": _identifiers(order, done=False),
        }
        for order in orders
    ]
    return document("fulfilled", orders=entries, flawed=flaw_documents(flawed))


def render_fulfilled(orders: Sequence[Order], *, go_on: bool = False) -> str:
    """Return for people what is marked as fulfilled, and what is still to be done.

    Args:
        orders: the orders concerned.
        go_on: whether the program goes on with them at once; otherwise it says what does.
    """
    if not orders:
        return "No order waits for people.\n"
    lines = [line for order in orders for line in _lines(order)]
    if not go_on:
        lines += ["", "`reconciler apply` goes on with what is complete."]
    return "\n".join(lines) + "\n"


def _lines(order: Order) -> list[str]:
    whose = f"order {clean(order.order_id)} of certificate {clean(order.certificate_name)}"
    waiting, done = _identifiers(order, done=False), _identifiers(order, done=True)
    lines = [f"{whose}: fulfilled for {names(done)}" if done else f"{whose}: nothing in it is for people"]
    return [*lines, f"  still to be done for {names(waiting)}"] if waiting else lines


def _identifiers(order: Order, *, done: bool) -> list[str]:
    pending = [each for each in order.authorizations if each.status is Status.PENDING and each.by_hand]
    return [each.identifier.value for each in pending if each.fulfilled is done]
