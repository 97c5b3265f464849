"""What `order retry`, `order cancel` and `order revoke` have done, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.order import Stage
from reconciler.render.documents import Document, document
from reconciler.render.text import clean

if TYPE_CHECKING:
    from reconciler.model.events import CertificateRevoked
    from reconciler.model.order import Order


def retried_document(order: Order) -> Document:
    """Return for programs that an order is tried again."""
    return document("retried", **_of(order))


def retried_text(order: Order) -> str:
    """Return for people that an order is tried again, and by what."""
    what = "goes on with it" if order.is_open else "makes another order"
    return f"{_whose(order)}: the next `reconciler apply` {what}.\n"


def cancelled_document(order: Order) -> Document:
    """Return for programs that an order was cancelled."""
    return document("cancelled", **_of(order))


def cancelled_text(order: Order) -> str:
    """Return for people that an order was cancelled, and what may follow."""
    again = f"`reconciler order retry {clean(order.order_id)}`"
    then = f"No other is made until its file asks for something else, or {again}."
    return f"{_whose(order)} is cancelled.\n{then}\n"


def revoked_document(revoked: CertificateRevoked) -> Document:
    """Return for programs that a certificate was revoked."""
    return document(
        "revoked",
        certificate_name=revoked.certificate,
        order_id=revoked.order_id,
        order_status=Stage.REVOKED,
        serial_number=revoked.serial_number,
        reason=revoked.reason,
        already=revoked.already,
    )


def revoked_text(revoked: CertificateRevoked) -> str:
    """Return for people that a certificate was revoked."""
    was = "was revoked before" if revoked.already else "is revoked"
    return (
        f"certificate {clean(revoked.certificate)} with the serial number {clean(revoked.serial_number)} "
        f"{was} ({revoked.reason}).\n"
    )


def _of(order: Order) -> Document:
    return {
        "order_id": order.order_id,
        "certificate_name": order.certificate_name,
        "order_status": str(order.stage),
    }


def _whose(order: Order) -> str:
    return f"order {clean(order.order_id)} of certificate {clean(order.certificate_name)}"
