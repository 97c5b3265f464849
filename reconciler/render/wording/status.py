"""The words for the state of a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.plan.reasons import ClaimedElsewhere
from reconciler.render.rows import Operation
from reconciler.render.status_rows import StatusRow, Validity, WaitsFor, waits_for
from reconciler.render.text import count, time_text
from reconciler.render.wording.orders import stage_text
from reconciler.render.wording.reasons import reason_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_NEXT = {
    Operation.ORDER: "to be ordered",
    Operation.REPLACE: "to be replaced",
    Operation.RENEW: "to be renewed",
    Operation.ABANDON: "has an order that is no longer asked for",
    Operation.DELIVER: "files to be delivered again",
    Operation.REVOKE: "to be revoked",
    Operation.FORGET: "to be forgotten",
}


def state_text(row: StatusRow, now: datetime) -> str:
    """Return how a certificate stands, and what comes next."""
    reasons = "; ".join(reason_text(reason, now) for reason in row.reasons)
    if row.denied:
        return "denied; `reconciler plan` says why"
    claimed = next((each for each in row.reasons if isinstance(each, ClaimedElsewhere)), None)
    if claimed is not None:
        return f"held back: {reason_text(claimed, now)}"
    if row.held_until is not None:
        return f"failed; not tried again before {time_text(row.held_until)}"
    if row.held:
        return f"held back: {reasons}"
    if row.operation is Operation.RESUME and row.order is not None:
        return f"its order {stage_text(row.order.stage)}"
    if row.operation is None or row.operation is Operation.RESUME:
        return f"renewal from {time_text(row.renewal_due)}" if row.renewal_due else "-"
    return f"{_NEXT[row.operation]}: {reasons}"


def waiting_text(waiting: WaitsFor, number: int) -> str:
    """Return how many orders wait for somebody, and what helps."""
    orders = count(number, "order")
    verb = "waits" if number == 1 else "wait"
    match waiting:
        case WaitsFor.PEOPLE:
            return f"{orders} {verb} for people; `reconciler order challenges ORDER` shows what to do:"
        case WaitsFor.CA:
            return f"{orders} {verb} for the CA; `reconciler apply` goes on later:"
        case WaitsFor.APPLY:
            return f"{orders} {verb} for `reconciler apply`:"
        case _:
            assert_never(waiting)


def status_summary(rows: Sequence[StatusRow], now: datetime) -> str:
    """Return the last line of `status`."""
    numbers = {validity: sum(row.validity is validity for row in rows) for validity in Validity}
    waiting = sum(row.order is not None and waits_for(row.order, now) is WaitsFor.PEOPLE for row in rows)
    parts = [f"{numbers[validity]} {validity}" for validity in Validity if numbers[validity]]
    parts += [f"{waiting} waiting for people"] if waiting else []
    return f"Status: {count(len(rows), 'certificate')}{': ' if parts else ''}{', '.join(parts)}."
