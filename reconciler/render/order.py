"""Orders as text and as JSON; the names of the fields are the seed system's where it has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.order import Stage
from reconciler.render.certificate import revocation_document, revocation_text
from reconciler.render.documents import Document, document, value
from reconciler.render.evidence import evidence_document, evidence_fields
from reconciler.render.flaws import flaw_documents
from reconciler.render.instructions import published_lines
from reconciler.render.origin import origin_document, origin_fields, requester_document, who_asked
from reconciler.render.status_rows import WaitsFor, waits_for
from reconciler.render.text import Paint, clean, distance, fields, names, table, time_text, wrap
from reconciler.render.wording.methods import method_text
from reconciler.render.wording.orders import advice_for, problem_text, stage_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Authorization, Order

_INDENT = 20
"""Where the values stand, at most."""


def orders_document(orders: Sequence[Order], flawed: Sequence[FlawedRecord] = ()) -> Document:
    """Return a list of orders for programs, and what cannot be read."""
    return document("orders", orders=[_order(order) for order in orders], flawed=flaw_documents(flawed))


def order_document(order: Order, csr: str | None) -> Document:
    """Return all about one order for programs; `csr` is PEM."""
    return document("order", **_order(order), csr=csr)


def render_orders(orders: Sequence[Order], *, now: datetime, color: bool = False) -> str:
    """Return a list of orders for people."""
    if not orders:
        return "No orders.\n"
    rows = [
        (
            clean(each.order_id),
            clean(each.certificate_name),
            str(each.stage),
            _next(each, now),
            f"{each.creation_date:%Y-%m-%d %H:%M}",
        )
        for each in orders
    ]
    headers = ("ORDER", "CERTIFICATE", "STAGE", "NEXT WORK", "CREATED (UTC)")
    return "\n".join(table(headers, rows, Paint(color))) + "\n"


def render_order(
    order: Order, left: Sequence[Instruction] = (), *, now: datetime, color: bool = False
) -> str:
    """Return all about one order for people.

    Args:
        order: the order.
        left: what people have done for it, and may remove now.
        now: the time.
        color: whether to use colours.
    """
    paint = Paint(color)
    problem = order.last_error
    described = fields(
        [
            ("certificate", clean(order.certificate_name)),
            ("stage", f"{order.stage}: it {stage_text(order.stage)}"),
            ("status", f"{order.status} (the CA's word)" if order.status else None),
            ("role", clean(order.role_name)),
            ("account", clean(order.account_name)),
            ("identifiers", wrap(names(each.text for each in order.identifiers), _INDENT)),
            ("key type", str(order.key_type)),
            ("private key", "with the requester (CSR)" if order.csr_digest else None),
            ("profile", clean(order.profile) if order.profile else None),
            ("must-staple", "yes" if order.must_staple else None),
            ("asked to end", time_text(order.not_after) if order.not_after else None),
            ("replaces", clean(order.replaces) if order.replaces else None),
            ("revoked", revocation_text(order.revocation)),
            *origin_fields(order),
            *evidence_fields(order.evidence, _INDENT),
            ("attempt", str(order.attempt)),
            ("created", time_text(order.creation_date)),
            ("last update", time_text(order.last_update)),
            ("next work", _next(order, now)),
            ("expires", _with_distance(order.expires, now)),
            ("order URL", clean(order.order_url) if order.order_url else None),
            ("serial number", clean(order.serial_number) if order.serial_number else None),
            ("last error", wrap(problem_text(problem), _INDENT) if problem else None),
            ("what to do", advice_for(problem) if problem else None),
        ],
        2,
        paint,
    )
    lines = [paint.strong(f"order {clean(order.order_id)}"), *described]
    if order.authorizations:
        lines += ["", *_authorizations(order, now, paint)]
    if left:
        heading = "What people have published for it can be removed, if it is still there:"
        lines += ["", f"  {heading}", *(f"    {each}" for each in published_lines(left))]
    return "\n".join(lines) + "\n"


def _authorizations(order: Order, now: datetime, paint: Paint) -> list[str]:
    rows = [
        (
            clean(each.identifier.text),
            str(each.status),
            str(each.challenge_type or "-"),
            _by_whom(each),
            _state(each, order.stage),
            _with_distance(each.expires, now) or "-",
        )
        for each in order.authorizations
    ]
    headers = ("IDENTIFIER", "STATUS", "CHALLENGE", "FULFILLED BY", "STATE", "EXPIRES")
    return [f"  {line}" for line in table(headers, rows, paint)]


def _by_whom(authorization: Authorization) -> str:
    if authorization.challenge_type is None:
        return "-"
    if authorization.by_hand or authorization.method is not None:
        return method_text(authorization.method)
    return "reconciler"  # a record from before does not say how


def _state(authorization: Authorization, stage: Stage) -> str:
    """Return how far a challenge is; that the program has handed it over does not say that it is in place."""
    if authorization.challenge_type is None:
        return "-"
    if authorization.answered:
        return "the CA was told"
    if not authorization.fulfilled:
        return "to do"
    if authorization.by_hand:
        return "done, as people say"
    seen = stage is Stage.NOTIFY_ACME_SERVER_CHALLENGES_COMPLETED
    return "in its place" if seen else "handed over, not seen yet"


def _next(order: Order, now: datetime) -> str:
    if order.retry_wanted:
        return "another order by the next apply"
    if not order.is_open:
        return "-"
    if waits_for(order, now) is WaitsFor.PEOPLE:
        return "by people"
    if order.next_work_date is not None and order.next_work_date > now:
        return f"{time_text(order.next_work_date)} ({distance(order.next_work_date, now)})"
    return "by the next apply"


def _with_distance(time: datetime | None, now: datetime) -> str | None:
    return f"{time_text(time)} ({distance(time, now)})" if time else None


def _order(order: Order) -> Document:
    return {
        "order_id": order.order_id,
        "certificate_name": order.certificate_name,
        "order_status": str(order.stage),
        "status": value(order.status),
        "role_name": order.role_name,
        "account_name": order.account_name,
        "identifiers": value(order.identifiers),
        "key_type": str(order.key_type),
        "csr_digest": order.csr_digest,
        "profile": order.profile,
        "must_staple": order.must_staple,
        "not_after": value(order.not_after),
        "replaces": order.replaces,
        "revocation": revocation_document(order.revocation),
        "evidence": evidence_document(order.evidence),
        "origin": origin_document(order),
        "requested_by": requester_document(who_asked(order)),
        "attempt": order.attempt,
        "challenges": {each.identifier.value: _challenges(each) for each in order.authorizations},
        "creation_date": value(order.creation_date),
        "last_update": value(order.last_update),
        "next_work_date": value(order.next_work_date),
        "expires": value(order.expires),
        "last_error": value(order.last_error),
        "order_url": order.order_url,
        "serial_number": order.serial_number,
    }


def _challenges(authorization: Authorization) -> list[Document]:
    return [
        {
            "challenge_type": each.type,
            "challenge_status": str(each.status),
            "expires": value(authorization.expires),
            "chosen": each.type == authorization.challenge_type,
            "error": value(each.error),
        }
        for each in authorization.challenges
    ]
