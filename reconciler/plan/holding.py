"""A plan without some of its actions: what is due all the same is held back, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reconciler.plan import actions as do

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from reconciler.plan.reasons import Reason


class Hold(Struct, frozen=True):
    """Why an action must not be done; `until` is None where no time ends that."""

    reason: Reason
    until: datetime | None = None


def without_held(plan: do.Plan, hold_of: Callable[[do.Action], Hold | None]) -> do.Plan:
    """Return a plan without the actions that must not be done.

    Files that are not delivered wait for nothing that could be said: they are left out alone.

    Args:
        plan: all of it.
        hold_of: says why an action must not be done; None where it may.
    """
    kept: list[do.Action] = []
    held: dict[str, do.HeldBack] = {}
    held_accounts: list[do.HeldBackKey] = []
    held_actions: list[do.HeldBackAction] = []
    for action in plan.actions:
        hold = hold_of(action)
        if hold is None:
            kept.append(action)
        elif isinstance(action, do.CreateOrder | do.ResumeOrder | do.RevokeCertificate | do.AbandonOrder):
            before = held[action.subject].reasons if action.subject in held else ()
            reasons = tuple(dict.fromkeys((*before[:-1], *action.reasons, hold.reason)))
            held[action.subject] = do.HeldBack(action.spec, reasons, hold.until)
        elif isinstance(action, do.RegisterAccount | do.UpdateAccount | do.RotateKey | do.DeactivateAccount):
            held_accounts.append(do.HeldBackKey(action.account, (*action.reasons, hold.reason)))
        elif isinstance(action, do.ReencryptKeys | do.ForgetCertificate | do.CleanUp):
            held_actions.append(do.HeldBackAction(action, (*action.reasons, hold.reason), hold.until))
    return replace(
        plan,
        actions=tuple(_still_needed(kept)),
        held_back=(*(each for each in plan.held_back if each.subject not in held), *held.values()),
        held_keys=(*plan.held_keys, *held_accounts),
        held_actions=(*plan.held_actions, *held_actions),
    )


def _still_needed(actions: list[do.Action]) -> Iterator[do.Action]:
    """Leave out the registration of accounts that nothing is ordered through now."""
    used = {each.account_name for each in actions if isinstance(each, do.CreateOrder | do.ResumeOrder)}
    return (each for each in actions if not isinstance(each, do.RegisterAccount) or each.subject in used)
