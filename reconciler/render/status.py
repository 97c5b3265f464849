"""The state of all certificates and of the orders under way, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.documents import Document, document, value
from reconciler.render.flaws import flaw_documents
from reconciler.render.origin import requester_document, who_asked
from reconciler.render.plan_json import reason_documents
from reconciler.render.status_rows import StatusRow, Validity, WaitsFor, waits_for
from reconciler.render.text import Paint, clean, distance, table, time_text
from reconciler.render.wording.status import state_text, status_summary, waiting_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.order import Order


def render_status(rows: Sequence[StatusRow], *, now: datetime, color: bool = False) -> str:
    """Return the state of all certificates for people."""
    if not rows:
        return "No certificates.\n"
    paint = Paint(color)
    headers = ("CERTIFICATE", "VALIDITY", "EXPIRES", "STATE")
    lines = table(headers, [_row(row, now) for row in rows], paint)
    orders = [row.order for row in rows if row.order is not None]
    for waiting in WaitsFor:
        those = [order for order in orders if waits_for(order, now) is waiting]
        if those:
            lines += ["", paint.change(waiting_text(waiting, len(those))), *map(_waiting, those)]
    return "\n".join([*lines, "", paint.strong(status_summary(rows, now))]) + "\n"


def status_document(
    rows: Sequence[StatusRow], flawed: Sequence[FlawedRecord] = (), *, now: datetime
) -> Document:
    """Return the state of all certificates for programs."""
    return document(
        "status",
        created=now,
        certificates=[_certificate(row, now) for row in rows],
        flawed=flaw_documents(flawed),
        summary={str(each): sum(row.validity is each for row in rows) for each in Validity},
    )


def _row(row: StatusRow, now: datetime) -> tuple[str, ...]:
    expires = "-"
    if row.certificate is not None:
        expires = f"{time_text(row.certificate.not_after)} ({distance(row.certificate.not_after, now)})"
    return clean(row.name), str(row.validity), expires, state_text(row, now)


def _waiting(order: Order) -> str:
    until = f", until {time_text(order.next_work_date)}" if order.next_work_date else ""
    return f"  {clean(order.order_id)}  {clean(order.certificate_name)}{until}"


def _certificate(row: StatusRow, now: datetime) -> Document:
    certificate, order = row.certificate, row.order
    return {
        "name": row.name,
        "validity": str(row.validity),
        "serial_number": certificate.serial_number if certificate else None,
        "not_before": value(certificate.not_before) if certificate else None,
        "not_after": value(certificate.not_after) if certificate else None,
        "renewal_due": value(row.renewal_due),
        "operation": value(row.operation),
        "reasons": reason_documents(row.reasons, now),
        "held": row.held,
        "held_until": value(row.held_until),
        "denied": row.denied,
        "requested_by": requester_document(who_asked(certificate) or who_asked(order)),
        "order": _order(order, now) if order else None,
    }


def _order(order: Order, now: datetime) -> Document:
    return {
        "order_id": order.order_id,
        "order_status": str(order.stage),
        "status": value(order.status),
        "waits_for": str(waits_for(order, now)),
        "next_work_date": value(order.next_work_date),
        "expires": value(order.expires),
        "last_error": value(order.last_error),
    }
