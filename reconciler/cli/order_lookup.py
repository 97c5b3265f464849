"""Finding the order that an argument names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.errors import UnknownResourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.order import Order
    from reconciler.store import Store

_WHOLE_ID = 36  # characters of a UUID
_BEGINNING = re.compile(r"[0-9a-f][0-9a-f-]*")
_MOST = 10  # orders in a message


def find_order(store: Store, text: str) -> Order:
    """Return the order of an id, of an id's beginning, or the last one of a certificate.

    Args:
        store: the state; archived orders count as well.
        text: as it was given. What is a certificate's name is none of an id's beginning.

    Raises:
        RecordError: it is, or may be, one that cannot be read.
        UnknownResourceError: there is none; or several begin like that: says which.
    """
    if len(text) == _WHOLE_ID and _BEGINNING.fullmatch(text):
        return store.order(text)
    flawed: list[FlawedRecord] = []
    orders = store.orders(flawed)
    _refuse_flawed(flawed, text)  # it may be the last one
    archived = store.archived_orders(flawed)
    for shelf in (orders, archived):
        of_certificate = [order_id for order_id, each in shelf.items() if each.certificate_name == text]
        if of_certificate:
            return shelf[max(of_certificate)]
    beginning = text.lower()
    found = {
        order_id: order
        for order_id, order in sorted((archived | orders).items())
        if _BEGINNING.fullmatch(beginning) and order_id.startswith(beginning)
    }
    if not found:
        _refuse_flawed(flawed, text)
        raise UnknownResourceError(
            f"there is no order {text!r}, nor one of a certificate of that name; `reconciler order list` "
            "shows those that are there"
        )
    if len(found) > 1:
        some = [f"{order_id} ({order.certificate_name})" for order_id, order in found.items()][:_MOST]
        more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
        raise UnknownResourceError(f"several orders begin with {text}: {', '.join(some)}{more}")
    return next(iter(found.values()))


def _refuse_flawed(flawed: Iterable[FlawedRecord], text: str) -> None:
    for each in flawed:
        begins = _BEGINNING.fullmatch(text.lower()) and each.name.startswith(text.lower())
        if begins or text in each.certificates:
            raise each.error
