"""A plan as rows: what each action comes to, and how many there are of each kind."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from reconciler.plan.actions import (
    AbandonOrder,
    CreateOrder,
    DeliverCertificate,
    ForgetCertificate,
    RegisterAccount,
    ResumeOrder,
)
from reconciler.plan.reasons import OrderExpired, OrderFailed, RenewalDue

if TYPE_CHECKING:
    from reconciler.plan.actions import Action, Plan


class Operation(StrEnum):
    """What an action comes to for its reader, in the order of the summary."""

    REGISTER = "register"
    ORDER = "order"
    REPLACE = "replace"
    RENEW = "renew"
    RESUME = "resume"
    ABANDON = "abandon"
    DELIVER = "deliver"
    FORGET = "forget"


_RENEWAL = (RenewalDue, OrderFailed, OrderExpired)


def operation_of(action: Action) -> Operation:
    """Return what an action comes to."""
    match action:
        case RegisterAccount():
            return Operation.REGISTER
        case CreateOrder(current=None):
            return Operation.ORDER
        case CreateOrder(reasons=reasons):
            same = all(isinstance(reason, _RENEWAL) for reason in reasons)
            return Operation.RENEW if same else Operation.REPLACE
        case ResumeOrder():
            return Operation.RESUME
        case AbandonOrder():
            return Operation.ABANDON
        case DeliverCertificate():
            return Operation.DELIVER
        case ForgetCertificate():
            return Operation.FORGET
        case _:
            assert_never(action)


def operations_of(plan: Plan) -> dict[Operation, int]:
    """Return how many actions of each kind a plan has; those it has none of are left out."""
    counts = Counter(operation_of(action) for action in plan.actions)
    return {operation: counts[operation] for operation in Operation if counts[operation]}


def denied_certificates(plan: Plan) -> int:
    """Return how many certificates the policy denies: each has a file of its own."""
    return len({finding.location.path for finding in plan.denied})
