"""A plan as rows: what each action comes to, and how many there are of each kind."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from reconciler.plan.actions import (
    AbandonOrder,
    CleanUp,
    CreateOrder,
    DeactivateAccount,
    DeliverCertificate,
    ForgetCertificate,
    ReencryptKeys,
    RegisterAccount,
    ResumeOrder,
    RevokeCertificate,
    RotateKey,
    UpdateAccount,
)

if TYPE_CHECKING:
    from reconciler.plan.actions import Action, Plan


class Operation(StrEnum):
    """What an action comes to for its reader, in the order of the summary."""

    REENCRYPT = "reencrypt"
    REGISTER = "register"
    UPDATE = "update"
    ROTATE = "rotate"
    ORDER = "order"
    REPLACE = "replace"
    RENEW = "renew"
    RESUME = "resume"
    ABANDON = "abandon"
    DELIVER = "deliver"
    REVOKE = "revoke"
    FORGET = "forget"
    CLEAN_UP = "clean_up"
    DEACTIVATE = "deactivate"


OF_ACCOUNTS = frozenset({Operation.REGISTER, Operation.UPDATE, Operation.ROTATE, Operation.DEACTIVATE})
"""The operations that are about an account, not about a certificate."""


def operation_of(action: Action) -> Operation:  # noqa: C901 - one line for each action
    """Return what an action comes to."""
    match action:
        case ReencryptKeys():
            return Operation.REENCRYPT
        case RegisterAccount():
            return Operation.REGISTER
        case UpdateAccount():
            return Operation.UPDATE
        case RotateKey():
            return Operation.ROTATE
        case DeactivateAccount():
            return Operation.DEACTIVATE
        case RevokeCertificate():
            return Operation.REVOKE
        case CreateOrder(current=None):
            return Operation.ORDER
        case CreateOrder():
            return Operation.RENEW if action.is_renewal else Operation.REPLACE
        case ResumeOrder():
            return Operation.RESUME
        case AbandonOrder():
            return Operation.ABANDON
        case DeliverCertificate():
            return Operation.DELIVER
        case ForgetCertificate():
            return Operation.FORGET
        case CleanUp():
            return Operation.CLEAN_UP
        case _:
            assert_never(action)


def operations_of(plan: Plan) -> dict[Operation, int]:
    """Return how many actions of each kind a plan has; those it has none of are left out."""
    counts = Counter(operation_of(action) for action in plan.actions)
    return {operation: counts[operation] for operation in Operation if counts[operation]}
