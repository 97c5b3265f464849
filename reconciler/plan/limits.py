"""How much a plan changes, and whether that is more than one run may."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.model.safety import LimitKind, PassedLimit
from reconciler.plan import actions as do
from reconciler.plan import reasons as why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.desired import Desired
    from reconciler.model.observed import Observed
    from reconciler.model.safety import Safety

_NOTHING: frozenset[LimitKind] = frozenset()
_CHANGE = frozenset({LimitKind.MAX_CHANGES})
_BY_THE_TREE = (why.NoLongerRequested, why.RevocationRequested)


def passed_limits(
    plan: do.Plan, desired: Desired, observed: Observed, safety: Safety, *, allow_empty_tree: bool = False
) -> tuple[PassedLimit, ...]:
    """Return the limits that a plan passes.

    Only what the plan has counts, be it a part; a share is one of all certificates that the state has.

    Args:
        plan: what would be done.
        desired: the tree.
        observed: the state.
        safety: the limits.
        allow_empty_tree: whether a tree without certificates is meant.
    """
    return tuple(
        _passed(plan, desired, len(observed.certificates), safety, allow_empty_tree=allow_empty_tree)
    )


def _passed(
    plan: do.Plan, desired: Desired, known: int, safety: Safety, *, allow_empty_tree: bool
) -> Iterator[PassedLimit]:
    forgotten = sum(LimitKind.MAX_FORGET in limits_of(each) for each in plan.actions)
    if forgotten and not desired.certificates and not allow_empty_tree:
        yield PassedLimit(None, None, 0, forgotten, known)
    for kind in LimitKind:
        limit = safety.limit(kind)
        if limit is None or (limit.is_percent and not known):
            continue
        # Several actions about one certificate are one change.
        changed = {
            (isinstance(each, do.AccountAction), each.subject)
            for each in plan.actions
            if kind in limits_of(each)
        }
        if len(changed) > limit.allowed(known):
            yield PassedLimit(kind, limit, limit.allowed(known), len(changed), known)


def limits_of(action: do.Action) -> frozenset[LimitKind]:
    """Return the limits that an action counts towards: none for what time brings, whatever the tree says."""
    match action:
        case do.CreateOrder():
            if action.is_renewal or action.is_repeated:
                return _NOTHING
            return _CHANGE | {LimitKind.MAX_REPLACE} if action.current else _CHANGE
        case do.ForgetCertificate(certificate=certificate):
            return _CHANGE | {LimitKind.MAX_FORGET} if certificate else _CHANGE
        case do.AbandonOrder(reasons=reasons):
            return _CHANGE if any(isinstance(each, _BY_THE_TREE) for each in reasons) else _NOTHING
        case do.RevokeCertificate() | do.UpdateAccount() | do.DeactivateAccount():
            return _CHANGE
        case do.RotateKey() | do.ResumeOrder() | do.DeliverCertificate() | do.CleanUp():
            return _NOTHING
        case do.RegisterAccount() | do.ReencryptKeys():
            # The one comes with orders, which count themselves; the other changes no certificate.
            return _NOTHING
        case _:
            assert_never(action)
