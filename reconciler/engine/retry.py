"""What a person says of an order that does not go on by itself: try again, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.errors import ReconcilerError
from reconciler.model.order import Stage

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.model.certificate import Certificate
    from reconciler.model.order import Order


def mark_retry(order: Order, last: Order | None, now: datetime) -> Order:
    """Return an order such that the next `apply` does not wait: with it, or with another in its place.

    Args:
        order: one that waits for a time, that failed, or that was cancelled.
        last: the last order of the same certificate, by which a plan decides.
        now: the time.

    Raises:
        ReconcilerError: there is nothing to try again.
    """
    if not order.is_open and order.stage not in (Stage.ERROR, Stage.REVOKED):
        raise ReconcilerError(
            f"the stage of the order {order.order_id} is {order.stage}: there is nothing to try again"
        )
    if last is None or last.order_id != order.order_id:
        raise ReconcilerError(
            f"the order {order.order_id} is over: another one has taken its place, or nobody asks for it"
        )
    if order.stage is Stage.AWAITING_CHALLENGE_FULFILLMENT and order.next_work_date is None:
        raise ReconcilerError(
            f"the order {order.order_id} waits for people: `reconciler order challenges` shows for what"
        )
    if order.is_open:
        return replace(order, next_work_date=None, last_update=now)
    return replace(order, retry_wanted=True, next_work_date=None, last_update=now)


def mark_order_anew(certificate: Certificate) -> Certificate:
    """Return a revoked certificate such that the next `apply` orders another in its place."""
    return replace(certificate, order_anew=True)
