"""Submitting an order, or taking up one that the CA has open for the same already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.engine.pace import is_rate_limit
from reconciler.errors import CAUnavailableError, ProblemError

if TYPE_CHECKING:
    from reconciler.ca.port import OrderAnswer
    from reconciler.engine.work import Work
    from reconciler.model.order import Order
    from reconciler.model.problem import Problem

# What CAs say of `replaces` beside `alreadyReplaced` (RFC 9773 section 5).
_CODES = frozenset({"malformed", "conflict", "unauthorized"})
_WORDS = ("replace", "replacing", "replacement", "ari certid", "renewalinfo")
_UNKNOWN = "could not find an order for the given certificate"


def new_order(work: Work, order: Order) -> tuple[Order, OrderAnswer]:
    """Order (RFC 8555 section 7.4), with `replaces` where the CA wants to hear of it (RFC 9773 section 5).

    Where the answer to an earlier try was lost, the CA may have opened the order: it is looked for first.

    Returns:
        the order, without `replaces` where the CA did not want it, and the CA's answer.
    """
    found = work.open_orders.take(order)
    if found is not None:
        return order, found
    if order.replaces is not None and not work.ca.directory().renewal_info:
        order = replace(order, replaces=None)
    try:
        return order, _submitted(work, order)
    except ProblemError as error:
        if order.replaces is None or not _is_about_replacing(error.problem):
            raise
    except CAUnavailableError as error:
        if order.replaces is None or not _is_unknown_to(error.problem):
            raise
    order = replace(order, replaces=None)
    return order, _submitted(work, order)


def _submitted(work: Work, order: Order) -> OrderAnswer:
    try:
        return work.ca.new_order(
            order.identifiers, order.profile, not_after=order.not_after, replaces=order.replaces
        )
    except CAUnavailableError as error:
        if not is_rate_limit(error):
            work.open_orders.doubt(order)
        raise


def _is_about_replacing(problem: Problem) -> bool:
    if problem.code == "alreadyReplaced":
        return True
    detail = problem.detail.lower()
    return problem.code in _CODES and any(each in detail for each in _WORDS)


def _is_unknown_to(problem: Problem | None) -> bool:
    """A CA that has lost the certificate may call that a fault of its own, for ever."""
    return problem is not None and problem.code == "serverInternal" and _UNKNOWN in problem.detail.lower()
