"""The order that an action begins with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.order import Order, Stage, new_order_id
from reconciler.plan.actions import CreateOrder

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.plan.actions import ResumeOrder


def order_to_start(action: CreateOrder | ResumeOrder, now: datetime) -> tuple[Order, Order | None]:
    """Return the order to work on, and the one whose place it takes, if any."""
    if isinstance(action, CreateOrder):
        return _new_order(action, now), action.superseded or action.failed
    # What an earlier run last heard of the CA's status may be from before its last request.
    order = action.order
    return (replace(order, status=None) if order.stage is Stage.FETCHING_CERTIFICATE else order), None


def _new_order(action: CreateOrder, now: datetime) -> Order:
    return Order(
        order_id=new_order_id(now),
        certificate_name=action.spec.name,
        role_name=action.spec.role.name,
        account_name=action.spec.role.acme_account_name,
        identifiers=action.spec.identifiers,
        key_type=action.spec.key_type,
        creation_date=now,
        last_update=now,
        attempt=action.failed.attempt + 1 if action.failed and action.failed.stage is Stage.ERROR else 1,
    )
